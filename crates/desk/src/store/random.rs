//! Randomness, from the operating system.

use data_encoding::HEXLOWER;

/// Bytes from the operating system's random source.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn random<const N: usize>() -> domain::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| crate::store::fault::internal("the random source failed"))?;
    Ok(bytes)
}

/// `N` random bytes as lower-case hexadecimal digits.
pub(crate) fn random_hex<const N: usize>() -> domain::Result<String> {
    Ok(HEXLOWER.encode(&random::<N>()?))
}
