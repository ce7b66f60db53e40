//! The address of a PostgreSQL server, and how much of TLS it asks for, in the words of libpq.
//!
//! `sslmode` is `disable`, `prefer` (the default: TLS where the server has it, whoever it is), `require` (TLS, whoever
//! it is), `verify-ca` (a certificate of a known authority) or `verify-full` (and of this host). `sslrootcert` names a
//! file of authorities; without it they are the system's. All other parameters are the client's.

#[cfg(test)]
mod tests;

use crate::edge::store::{Cause, StoreError};
use ::tokio_postgres::config::{Host, SslMode};
use ::tokio_postgres::error::SqlState;
use ::tokio_postgres::{Client, Config, NoTls};
use percent_encoding::percent_decode_str;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore,
    SignatureScheme,
};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The modes by their names in addresses.
const MODES: [(&str, Mode); 5] = [
    ("disable", Mode::Disable),
    ("prefer", Mode::Prefer),
    ("require", Mode::Require),
    ("verify-ca", Mode::VerifyCa),
    ("verify-full", Mode::VerifyFull),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// How a server is reached.
#[derive(Clone)]
pub struct Server {
    /// Where it is and who asks; holds the password.
    pub config: Config,
    mode: Mode,
    tls: MakeRustlsConnect,
}

impl Server {
    /// Reads `postgres://user:password@host/name?sslmode=…`. Fails when it cannot be understood, or when no
    /// authority can be read for a mode that needs one.
    pub fn parse(address: &str) -> Result<Self, StoreError> {
        // The address is not named in errors, since a wrong one may still hold the password.
        let wrong = |source: Cause| StoreError::Open {
            target: "server".into(),
            source,
        };
        let (address, own) = split_own(address);
        let config: Config = address.parse().map_err(|error| wrong(Arc::new(error)))?;
        let asked = match own.mode.as_deref() {
            None => Mode::Prefer,
            Some(name) => mode_named(name).map_err(|it| wrong(Arc::from(it)))?,
        };
        // As libpq has it: a socket of this machine needs no TLS, and a named root is not ignored.
        let is_local = |host: &Host| matches!(host, Host::Unix(_));
        let mode = match asked {
            _ if config.get_hosts().iter().all(is_local) => Mode::Disable,
            Mode::Require if own.root.is_some() => Mode::VerifyCa,
            asked => asked,
        };
        let tls = client_config(mode, own.root.as_deref()).map_err(|it| wrong(Arc::from(it)))?;
        Ok(Server {
            config,
            mode,
            tls: MakeRustlsConnect::new(tls),
        })
    }

    /// Connects with `config`, which is [`Server::config`] with more settings. The connection runs on the present
    /// runtime.
    pub async fn connect(&self, config: &Config) -> Result<Client, ::tokio_postgres::Error> {
        let mut config = config.clone();
        if self.mode == Mode::Disable {
            return without_tls(&mut config).await;
        }
        let weakest = match self.mode {
            Mode::Prefer => SslMode::Prefer,
            _ => SslMode::Require,
        };
        match config.ssl_mode(weakest).connect(self.tls.clone()).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                Ok(client)
            }
            Err(error) if self.mode == Mode::Prefer && is_about_tls(&error) => {
                without_tls(&mut config).await.map_err(|_| error)
            }
            Err(error) => Err(error),
        }
    }
}

async fn without_tls(config: &mut Config) -> Result<Client, ::tokio_postgres::Error> {
    let (client, connection) = config.ssl_mode(SslMode::Disable).connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// A handshake that failed, or a server that admits this user without TLS alone.
fn is_about_tls(error: &::tokio_postgres::Error) -> bool {
    let is_refused = error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION);
    is_refused
        || error
            .to_string()
            .starts_with("error performing TLS handshake")
}

/// The parameters that the crate does not know, or not all values of.
#[derive(Default)]
struct Own {
    mode: Option<String>,
    root: Option<String>,
}

fn split_own(address: &str) -> (String, Own) {
    let mut own = Own::default();
    // A password may hold a question mark.
    let start = address.find('@').unwrap_or(0);
    let Some(at) = address[start..].find('?') else {
        return (address.into(), own);
    };
    let (base, query) = address.split_at(start + at);
    let mut rest = Vec::new();
    for pair in query[1..].split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = || percent_decode_str(value).decode_utf8_lossy().into_owned();
        match name {
            "sslmode" => own.mode = Some(value()),
            "sslrootcert" => own.root = Some(value()),
            _ => rest.push(pair),
        }
    }
    match rest.join("&") {
        rest if rest.is_empty() => (base.into(), own),
        rest => (format!("{base}?{rest}"), own),
    }
}

fn mode_named(name: &str) -> Result<Mode, Box<dyn std::error::Error + Send + Sync>> {
    let found = MODES.iter().find(|(known, _)| *known == name);
    found.map(|(_, mode)| *mode).ok_or_else(|| {
        let known: Vec<&str> = MODES.iter().map(|(known, _)| *known).collect();
        format!("sslmode `{name}` is not one of {}", known.join(", ")).into()
    })
}

fn client_config(
    mode: Mode,
    root: Option<&str>,
) -> Result<ClientConfig, Box<dyn std::error::Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let checked = match mode {
        Mode::Disable | Mode::Prefer | Mode::Require => None,
        Mode::VerifyCa | Mode::VerifyFull => {
            let roots = Arc::new(authorities(root)?);
            Some(
                WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
                    .build()?,
            )
        }
    };
    let verifier = Verifier {
        checked,
        checks_name: mode == Mode::VerifyFull,
        provider,
    };
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // A server that is asked for TLS at once wants the name of the protocol.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(config)
}

/// The certificates in the file, or the system's where it is not named or called `system`.
fn authorities(
    root: Option<&str>,
) -> Result<RootCertStore, Box<dyn std::error::Error + Send + Sync>> {
    let mut store = RootCertStore::empty();
    match root.filter(|it| *it != "system") {
        Some(path) => {
            let cannot = |error| format!("cannot read sslrootcert {path}: {error}");
            for certificate in CertificateDer::pem_file_iter(PathBuf::from(path)).map_err(cannot)? {
                store.add(certificate.map_err(cannot)?)?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err("no authority is known: name a file in sslrootcert".into());
    }
    Ok(store)
}

/// Checks as much of a server's certificate as the mode asks for. That the server holds the certificate's key is
/// always checked.
#[derive(Debug)]
struct Verifier {
    checked: Option<Arc<WebPkiServerVerifier>>,
    checks_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(checked) = &self.checked else {
            return Ok(ServerCertVerified::assertion());
        };
        let verdict =
            checked.verify_server_cert(certificate, intermediates, name, ocsp_response, now);
        match verdict {
            // The name is looked at after the chain was found good.
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
