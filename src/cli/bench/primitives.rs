//! The bare primitives, measured in the same run: what no gateway that does the same could avoid.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use aws_lc_rs::{agreement, digest};

use super::machine::thread_time;
use crate::cli::Failure;

/// Bytes that hashing, encryption and the synced write work on.
const BYTES: usize = 4096;
/// Passes, of which the median counts.
const PASSES: usize = 7;

/// CPU microseconds of one operation each, on one thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Primitives {
    pub(super) ed25519_sign: f64,
    pub(super) ed25519_verify: f64,
    pub(super) x25519_keypair: f64,
    pub(super) x25519_agree: f64,
    /// AES-256-GCM over 4 KiB, once.
    pub(super) aes_gcm: f64,
    pub(super) sha256: f64,
    pub(super) sha512: f64,
    /// A TLS 1.3 record of 4 KiB written and read again: the cost of AES-256-GCM twice, and two copies.
    pub(super) tls_record: f64,
    /// 4 KiB appended and forced to disk.
    pub(super) synced_write: f64,
}

pub(super) async fn measure(folder: Option<&Path>) -> Result<Primitives, Failure> {
    let folder = folder.map_or_else(std::env::temp_dir, Path::to_path_buf);
    let measured = tokio::task::spawn_blocking(move || all(&folder)).await;
    measured.map_err(|error| Failure::of("measuring primitives", &error))?
}

fn all(folder: &Path) -> Result<Primitives, Failure> {
    let broken = |_| Failure::new("the cryptographic library does not work on this machine");
    let key = Ed25519KeyPair::generate().map_err(broken)?;
    let bytes = vec![7_u8; BYTES];
    let signature = key.sign(&bytes[..64]);
    let public = UnparsedPublicKey::new(&ED25519, key.public_key().as_ref().to_vec());
    let own = agreement::PrivateKey::generate(&agreement::X25519).map_err(broken)?;
    let other = agreement::PrivateKey::generate(&agreement::X25519).map_err(broken)?;
    let peer =
        agreement::UnparsedPublicKey::new(&agreement::X25519, other.compute_public_key().map_err(broken)?);
    let aes = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[1; 32]).map_err(broken)?);
    let mut buffer = bytes.clone();
    let mut encrypt = || {
        // The key is thrown away: the nonce protects nothing here.
        let nonce = Nonce::assume_unique_for_key([2; 12]);
        aes.seal_in_place_separate_tag(nonce, Aad::empty(), &mut buffer).is_ok()
    };
    let aes_gcm = median(2000, &mut encrypt);
    let mut copied = vec![0_u8; BYTES];
    let mut record = || {
        copied.copy_from_slice(&bytes);
        let sealed = encrypt() && encrypt();
        copied.copy_from_slice(&bytes);
        sealed
    };
    Ok(Primitives {
        ed25519_sign: median(500, || key.sign(&bytes[..64]).as_ref().len() == 64),
        ed25519_verify: median(300, || public.verify(&bytes[..64], signature.as_ref()).is_ok()),
        x25519_keypair: median(300, || {
            let key = agreement::PrivateKey::generate(&agreement::X25519);
            key.and_then(|key| key.compute_public_key()).is_ok()
        }),
        x25519_agree: median(300, || agreement::agree(&own, &peer, (), |secret| Ok(secret[0])).is_ok()),
        aes_gcm,
        sha256: median(1000, || digest::digest(&digest::SHA256, &bytes).as_ref().len() == 32),
        sha512: median(500, || digest::digest(&digest::SHA512, &bytes).as_ref().len() == 64),
        tls_record: median(1000, &mut record),
        synced_write: synced_write(folder, &bytes)?,
    })
}

/// Median over the passes of the mean CPU microseconds of one call.
fn median(calls: u32, mut operation: impl FnMut() -> bool) -> f64 {
    let mut passes: Vec<Duration> = (0..PASSES)
        .map(|_| {
            let began = thread_time();
            for _ in 0..calls {
                std::hint::black_box(operation());
            }
            thread_time().saturating_sub(began)
        })
        .collect();
    passes.sort_unstable();
    let middle = passes.get(PASSES / 2).copied().unwrap_or_default();
    middle.as_secs_f64() * 1e6 / f64::from(calls)
}

fn synced_write(folder: &Path, bytes: &[u8]) -> Result<f64, Failure> {
    let path = folder.join(format!("casebridge-bench-{}", std::process::id()));
    let failed =
        |error: std::io::Error| Failure::of(&format!("cannot write in {}", folder.display()), &error);
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(&path).map_err(failed)?;
    let cost = median(100, || {
        file.seek(SeekFrom::End(0))
            .and_then(|_| file.write_all(bytes))
            .and_then(|()| file.sync_data())
            .is_ok()
    });
    drop(file);
    std::fs::remove_file(&path).map_err(failed)?;
    Ok(cost)
}
