//! Small files of every kind that may be attached.

use bytes::Bytes;
use desk::PastFile;

use crate::{random::Random, words::Facts};

const SCREENSHOT: &[u8] = include_bytes!("../files/screenshot.png");
const CHART: &[u8] = include_bytes!("../files/chart.png");
const PHOTO: &[u8] = include_bytes!("../files/photo.jpg");
const DOCUMENT: &[u8] = include_bytes!("../files/invoice.pdf");
const REPORT: &[u8] = include_bytes!("../files/report.docx");

/// One to three files, as they go with a ticket of this category.
pub(crate) fn some(random: &mut Random, category: &str, facts: &Facts) -> Vec<PastFile> {
    // png, jpg, pdf, docx
    let weights = match category {
        "Bug" => [70, 15, 10, 5],
        "Billing" => [10, 5, 75, 10],
        "Request" => [20, 15, 35, 30],
        _ => [15, 35, 30, 20],
    };
    let count = 1 + random.weighted(&[75, 18, 7]);
    (0..count).map(|number| one(random, &weights, category, facts, number)).collect()
}

fn one(random: &mut Random, weights: &[u64], category: &str, facts: &Facts, number: usize) -> PastFile {
    let more = if number == 0 { String::new() } else { format!("-{}", number + 1) };
    let (name, bytes) = match random.weighted(weights) {
        0 if random.percent(80) => (format!("screenshot{more}.png"), SCREENSHOT),
        0 => (format!("chart-{}{more}.png", facts.get("year-month")), CHART),
        1 => (format!("IMG_{}.jpg", random.between(1000, 9999)), PHOTO),
        2 if category == "Billing" => (format!("invoice-{}{more}.pdf", facts.get("year-month")), DOCUMENT),
        2 => (format!("order-{}{more}.pdf", facts.get("order")), DOCUMENT),
        _ => (format!("report-{}{more}.docx", facts.get("code")), REPORT),
    };
    PastFile { name, bytes: Bytes::from_static(bytes) }
}

#[cfg(test)]
mod tests {
    use domain::{FileKind, UploadLimits};

    use super::*;

    #[test]
    fn files_are_what_their_names_say() {
        let mut random = Random::of(1, 1, 1);
        let facts = Facts::new(&mut random, domain::Timestamp::from_micros(1_795_392_000_000_000));
        for category in ["Bug", "Billing", "Request", "Other"] {
            for file in (0..50).flat_map(|_| some(&mut random, category, &facts)) {
                let head = &file.bytes[..file.bytes.len().min(FileKind::SNIFF_BYTES)];
                let look = UploadLimits::default().first_look(&file.name, head, file.bytes.len() as u64);
                assert!(look.is_ok(), "{}", file.name);
            }
        }
    }
}
