//! A host on the loopback address that answers as a test tells it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A request, as far as tests look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// Its path.
    pub(super) path: String,
    /// Where the range it asks for begins.
    pub(super) from: Option<usize>,
}

/// Answers requests one after the other; each connection serves one.
pub(super) struct Host {
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    seen: Arc<Mutex<Vec<Request>>>,
    is_closing: Arc<AtomicBool>,
}

impl Host {
    /// Starts a host that answers request number `n`, counted from 0, by `answer(request, n, stream)`.
    pub(super) fn start(answer: impl Fn(&Request, usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let is_closing = Arc::new(AtomicBool::new(false));
        let (requests, closing, answer) = (Arc::clone(&seen), Arc::clone(&is_closing), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if closing.load(Ordering::SeqCst) {
                    return;
                }
                let (mut stream, requests, answer) =
                    (stream.unwrap(), Arc::clone(&requests), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let Some(request) = read_request(&stream) else { return };
                    let number = {
                        let mut requests = requests.lock().unwrap();
                        requests.push(request.clone());
                        requests.len() - 1
                    };
                    answer(&request, number, &mut stream);
                });
            }
        });
        Self { base, seen, is_closing }
    }

    /// The requests so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.is_closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.base.trim_start_matches("http://"));
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut from = None;
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok();
        }
    }
    Some(Request { path, from })
}

/// Writes a head and a body. A client that has gone away is none of the host's business.
pub(super) fn write(stream: &mut TcpStream, head: &str, body: &[u8]) {
    let _ = stream.write_all(format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes());
    let _ = stream.write_all(body);
    let _ = stream.flush();
}

/// Answers with the file, or with the part of it that is asked for.
pub(super) fn serve(request: &Request, stream: &mut TcpStream, file: &[u8]) {
    serve_at_most(request, stream, file, file.len());
}

/// As [`serve`], but breaks the connection off after `most` bytes.
pub(super) fn serve_at_most(request: &Request, stream: &mut TcpStream, file: &[u8], most: usize) {
    let from = request.from.unwrap_or(0);
    if from >= file.len() {
        return write(stream, "416 Range Not Satisfiable\r\nContent-Length: 0", b"");
    }
    let (length, rest) = (file.len(), &file[from..]);
    let head = match request.from {
        None => format!("200 OK\r\nContent-Length: {length}"),
        Some(_) => format!(
            "206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {from}-{}/{length}",
            rest.len(),
            length - 1
        ),
    };
    write(stream, &head, &rest[..rest.len().min(most)]);
}
