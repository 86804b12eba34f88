//! OpenPGP, all of it: sign then encrypt, decrypt then verify.
//!
//! In: what policy permitted, or sealed bytes from a partner.
//! Out: sealed bytes with their cover, or an opened document whose signer is known.
//! Must hold: nothing is opened whose signer, sender and recipient are not the expected ones.
