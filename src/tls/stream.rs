//! An open connection.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection on which both ends have proved who they are. Bytes in, bytes out; TLS in between.
pub struct TlsStream<S> {
    inner: tokio_rustls::TlsStream<S>,
}

impl<S> TlsStream<S> {
    pub(super) const fn new(inner: tokio_rustls::TlsStream<S>) -> Self {
        Self { inner }
    }

    /// The name of the key exchange, such as `X25519MLKEM768`; for logs and metrics.
    #[must_use]
    pub fn key_exchange(&self) -> Option<&'static str> {
        let (_, connection) = self.inner.get_ref();
        connection.negotiated_key_exchange_group().and_then(|group| group.name().as_str())
    }

    /// Whether the peer agreed on HTTP/1.1; one that names no protocol speaks it as well.
    #[must_use]
    pub fn is_http1(&self) -> bool {
        let (_, connection) = self.inner.get_ref();
        connection.alpn_protocol().is_none_or(|name| name == super::provider::ALPN)
    }

    /// The transport below, for its address and options.
    #[must_use]
    pub fn transport(&self) -> &S {
        self.inner.get_ref().0
    }
}

impl<S> fmt::Debug for TlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").field("key_exchange", &self.key_exchange()).finish_non_exhaustive()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
