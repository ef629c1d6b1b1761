//! QR codes.

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around a code (ISO/IEC 18004, 6.3.8).
const QUIET: usize = 4;

/// A text as the QR code of an inline SVG, which `label` describes. One path of runs: a sheet has many.
pub(crate) fn qr_code(text: &str, label: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
    let size = width + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let dark = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if dark > 0 {
                path.push_str(&format!("M{} {}h{dark}v1h-{dark}z", x + QUIET, y + QUIET));
            }
            x += dark.max(1);
        }
    }
    Some(format!(
        "<svg role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {size} {size}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{size}v{size}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_one_inline_svg() {
        let svg = qr_code("https://desk.example.com/#SUP-7K3M-Q9WD", "QR code").unwrap();
        assert!(svg.starts_with("<svg role=") && svg.ends_with("</svg>"), "{svg}");
        assert!(!svg.contains("style="), "the policy refuses inline styles");
        // The first finder pattern: seven dark, then one dark, five light, one dark.
        assert!(svg.contains("M4 4h7v1h-7z") && svg.contains("M4 5h1v1h-1zM10 5h1v1h-1z"), "{svg}");
    }

    #[test]
    fn as_many_modules_are_dark_as_the_code_has() {
        let text = "https://desk.example.com/#SUP-7K3M-Q9WD-0000";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let dark = code.to_colors().iter().filter(|color| **color == Color::Dark).count();
        let svg = qr_code(text, "QR code").unwrap();
        let path = svg.split("#000").nth(1).unwrap();
        let runs = path.split('h').skip(1).step_by(2).map(|run| run.split('v').next().unwrap());
        assert_eq!(runs.map(|run| run.parse::<usize>().unwrap()).sum::<usize>(), dark);
    }
}
