//! The tables of `docs/capacity.md`.

use vultus_search::{Calibration, CalibrationError};
use vultus_types::Confidence;

use super::{GIB, Measured, Mode, Plan, Prices, Wishes};

/// The numbers of faces that the document tells of.
const FACES: [f64; 3] = [1e6, 1e8, 1e9];

/// The greatest confidence that the scale tells apart, in steps of its four decimals.
const CONFIDENCES: u32 = 9_999;

/// The tables as Markdown, for these numbers of faces or those of the document.
///
/// # Errors
/// [`CalibrationError`] where the pack's table, which comes with this software, cannot be read.
pub fn document(
    faces: &[f64],
    wishes: &Wishes,
    prices: Option<&Prices>,
    measured: &Measured,
) -> Result<String, CalibrationError> {
    let faces = if faces.is_empty() { &FACES } else { faces };
    let plans = |mode| plans(mode, faces, wishes, prices, measured);
    let sections = [
        ("What was measured", constants(measured)),
        ("What was wished", wished(wishes)),
        ("`memory`: every server holds all faces", plans(Mode::Memory)),
        ("`pgvector`: the index in the main database", plans(Mode::Pgvector)),
        ("`pgvector` with shards", plans(Mode::Shards)),
        ("Photos, in every mode", photos(faces, wishes, measured)),
        ("False positives", false_positives(faces, wishes)?),
        ("Step by step", steps(faces, wishes, measured)),
    ];
    Ok(sections.map(|(title, text)| format!("### {title}\n\n{text}")).join("\n"))
}

fn constants(measured: &Measured) -> String {
    let mut rows = vec![row(&["constant", "value"]), row(&["machine", &measured.machine])];
    for (name, value, unit) in [
        ("m: a face in a server's memory", measured.index_bytes, "bytes"),
        ("c: comparing a probe with a face, one core", measured.comparison_ns, "ns"),
        ("b: a server without faces, threads aside", measured.server_bytes / 1e6, "MB of memory"),
        ("each of its threads", measured.thread_bytes / 1e6, "MB of memory"),
        ("t: the template of a face", measured.template_bytes, "bytes"),
        ("d: a face in PostgreSQL, indexes and log included", measured.postgres_bytes, "bytes"),
        ("a face in SQLite", measured.sqlite_bytes, "bytes"),
        ("r: faces read by a server that starts", measured.read_per_s, "per second"),
        ("s: a face in a shard's table", measured.shard_row_bytes, "bytes"),
        ("h: a face in a shard's index of vectors", measured.shard_index_bytes, "bytes"),
        ("q: a search of a shard, one core", measured.shard_search_ms, "ms"),
        ("n: the faces of that shard", measured.shard_faces, "faces"),
        ("f: faces put into a new shard", measured.shard_fill_per_s, "per second"),
        ("k: faces that a shard gives", measured.candidates, "faces"),
        ("w: what a shard answers of each", measured.candidate_bytes, "bytes"),
        ("a small picture of a face", measured.thumbnail_bytes, "bytes"),
        ("a: analysing a photo, one core", measured.analysis_ms, "ms"),
    ] {
        rows.push(row(&[name, &format!("{} {unit}", number(value))]));
    }
    table(&rows)
}

fn wished(wishes: &Wishes) -> String {
    let rows = [
        row(&["wish", "value"]),
        row(&["R: searches of all faces", &format!("{} per second", number(wishes.searches_per_s))]),
        row(&["E: enrolments", &format!("{} per second", number(wishes.enrolments_per_s))]),
        row(&[
            "a machine",
            &format!("{} cores, {}", number(wishes.machine_cores), gib(wishes.machine_bytes)),
        ]),
        row(&["u: share of it in use", &number(wishes.in_use)]),
        row(&["copies of each database", &number(wishes.copies)]),
        row(&["a photo", &format!("{} bytes", number(wishes.photo_bytes))]),
        row(&["x: false positives of a search", &number(wishes.false_positives)]),
    ];
    table(&rows)
}

/// What a mode takes, a column for each number of faces.
fn plans(mode: Mode, faces: &[f64], wishes: &Wishes, prices: Option<&Prices>, measured: &Measured) -> String {
    let plans: Vec<Plan> = faces.iter().map(|&faces| Plan::new(mode, faces, wishes, measured)).collect();
    let mut rows = vec![headings(faces)];
    let mut line = |name: &str, cell: &dyn Fn(&Plan) -> String| {
        let cells = plans.iter().map(cell);
        rows.push([name.to_owned()].into_iter().chain(cells).collect());
    };
    line("one search, analysis aside", &|plan| seconds(plan.search_s));
    line("servers", &|plan| number(plan.servers));
    let room = wishes.machine_bytes * wishes.in_use;
    let within = |bytes: f64| format!("{}{}", gib(bytes), if bytes > room { ", too much" } else { "" });
    line("memory of each server", &|plan| within(plan.server_bytes));
    line("busy cores of all servers", &|plan| number(plan.server_cores));
    if mode != Mode::Memory {
        line("databases with an index, copies aside", &|plan| number(plan.shards));
        line("memory of each for its index", &|plan| within(plan.shard_bytes));
        line("busy cores of all of them", &|plan| number(plan.shard_cores));
        let most = |plan: &Plan| plan.most_searches_per_s.map_or_else(String::new, number);
        line("most searches per second", &most);
    }
    line("disks of all databases, copies included", &|plan| gib(plan.disk_bytes));
    line("network", &|plan| format!("{} MB/s", number(plan.network_bytes_per_s / 1e6)));
    line("until a new server or shard is level", &|plan| seconds(plan.filling_s));
    line("core-hours of a month", &|plan| number(plan.core_hours(wishes)));
    line("memory of a month, GiB-hours", &|plan| number(plan.memory_gib_hours(wishes)));
    if let Some(prices) = prices {
        line("cost of a month", &|plan| number(plan.month(wishes, prices)));
    }
    table(&rows)
}

fn photos(faces: &[f64], wishes: &Wishes, measured: &Measured) -> String {
    let mut rows = vec![headings(faces)];
    for (name, bytes) in
        [("photos, where they are kept", wishes.photo_bytes), ("small pictures", measured.thumbnail_bytes)]
    {
        let cells = faces.iter().map(|faces| gib(faces * bytes));
        rows.push([name.to_owned()].into_iter().chain(cells).collect());
    }
    let sent = (wishes.searches_per_s + wishes.enrolments_per_s) * wishes.photo_bytes / 1e6;
    let sent = format!("{} MB/s", number(sent));
    rows.push(
        [String::from("network from clients")]
            .into_iter()
            .chain(faces.iter().map(|_| sent.clone()))
            .collect(),
    );
    table(&rows)
}

/// What a search of strangers finds at the confidences of the scale, and the confidence that the wish asks for.
fn false_positives(faces: &[f64], wishes: &Wishes) -> Result<String, CalibrationError> {
    let calibration = Calibration::from_json(include_str!("../../../../models/calibration/default.json"))?;
    let mut rows = vec![headings(faces)];
    for (confidence, rate) in [(0.75, 1e-4), (0.85, 1e-5), (0.92, 1e-6)] {
        let cells = faces.iter().map(|faces| number(faces * rate));
        let name = format!("false positives at confidence {confidence}, FMR {rate:.0e}");
        rows.push([name].into_iter().chain(cells).collect());
    }
    let wanted = |faces: &f64| wishes.false_positives / faces;
    let cells = faces.iter().map(|faces| format!("{:.0e}", wanted(faces)));
    rows.push([String::from("FMR that x asks for")].into_iter().chain(cells).collect());
    let cells = faces.iter().map(|faces| {
        confidence_at(&calibration, wanted(faces)).map_or_else(
            || "none".to_owned(),
            |(confidence, is_extrapolated)| {
                format!("{confidence:.4}{}", if is_extrapolated { ", drawn on" } else { "" })
            },
        )
    });
    rows.push([String::from("confidence that has it, pack `default`")].into_iter().chain(cells).collect());
    Ok(table(&rows))
}

/// The least confidence of four decimals with at most that false match rate, and whether the rate was drawn on from
/// measured ones there; nothing where the scale ends before.
fn confidence_at(calibration: &Calibration, rate: f64) -> Option<(f64, bool)> {
    let at = |step: u32| calibration.similarity_at(Confidence::new(step as f32 / 1e4));
    let steps: Vec<u32> = (1..=CONFIDENCES).collect();
    let place = steps.partition_point(|&step| calibration.fmr_at(at(step)) > rate * 1.0001);
    let step = *steps.get(place)?;
    Some((f64::from(step) / 1e4, calibration.is_extrapolated_at(at(step))))
}

/// The arithmetic of the second number of faces, or of the only one.
fn steps(faces: &[f64], wishes: &Wishes, measured: &Measured) -> String {
    let count = faces.get(1).or(faces.first()).copied().unwrap_or_default();
    let [memory, shards] = [Mode::Memory, Mode::Shards].map(|mode| Plan::new(mode, count, wishes, measured));
    let of = |value: f64| number(value);
    let (n, r, e) = (of(count), of(wishes.searches_per_s), of(wishes.enrolments_per_s));
    let (a, u) = (of(measured.analysis_ms * 1e-3), of(wishes.in_use));
    let per_shard = of(count / shards.shards);
    let lines = [
        format!("N = {n} faces."),
        format!(
            "Memory of a server: b, with its threads, + N · m = {} + {n} · {} bytes = {}.",
            gib(shards.server_bytes),
            of(measured.index_bytes),
            gib(memory.server_bytes)
        ),
        format!(
            "A search in memory: N · c = {n} · {} ns = {}.",
            of(measured.comparison_ns),
            seconds(memory.search_s)
        ),
        format!(
            "Cores: (R + E) · a + R · N · c = ({r} + {e}) · {a} s + {r} · {} = {}; servers: that over {} cores · {u}, at \
             least 2 = {}.",
            seconds(memory.search_s),
            of(memory.server_cores),
            of(wishes.machine_cores),
            of(memory.servers)
        ),
        format!(
            "Disks: copies · N · d = {} · {n} · {} bytes = {}.",
            of(wishes.copies),
            of(measured.postgres_bytes),
            gib(memory.disk_bytes)
        ),
        format!(
            "Shards: N · h over the memory of a machine · u = {n} · {} bytes / ({} · {u}) = {}, of {per_shard} faces.",
            of(measured.shard_index_bytes),
            gib(wishes.machine_bytes),
            of(shards.shards)
        ),
        format!(
            "A search of a shard: q · ln(N / shards) / ln(n) = {} ms · ln({per_shard}) / ln({}) = {}.",
            of(measured.shard_search_ms),
            of(measured.shard_faces),
            seconds(shards.search_s)
        ),
        format!(
            "Cores of the shards: R · shards · that = {}; each search asks all of them, so a machine ends at {} · {u} / \
             {} = {} searches per second.",
            of(shards.shard_cores),
            of(wishes.machine_cores),
            seconds(shards.search_s),
            shards.most_searches_per_s.map_or_else(String::new, of)
        ),
        format!(
            "Network: R · shards · k · w + E · (t + s) = {r} · {} · {} · {} bytes and {e} · {} bytes = {} MB/s.",
            of(shards.shards),
            of(measured.candidates),
            of(measured.candidate_bytes),
            of(measured.template_bytes + measured.shard_row_bytes),
            of(shards.network_bytes_per_s / 1e6)
        ),
        format!("Filling a shard: N / shards / f = {}.", seconds(shards.filling_s)),
        format!(
            "A month: (busy cores of servers + copies · those of shards) / u · 730.5 h = {} core-hours.",
            of(shards.core_hours(wishes))
        ),
    ];
    lines.map(|line| format!("- {line}\n")).concat()
}

fn headings(faces: &[f64]) -> Vec<String> {
    [String::from("faces")].into_iter().chain(faces.iter().map(|&faces| number(faces))).collect()
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|&cell| cell.to_owned()).collect()
}

fn table(rows: &[Vec<String>]) -> String {
    let mut lines: Vec<String> = rows.iter().map(|cells| format!("| {} |\n", cells.join(" | "))).collect();
    let rule = format!("|{}\n", "---|".repeat(rows.first().map_or(0, Vec::len)));
    lines.insert(1.min(lines.len()), rule);
    lines.concat()
}

/// A number with three digits that count, and commas.
fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.001 {
        return format!("{value:.2e}");
    }
    let digits = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let unit = 10_f64.powi((digits - 2).max(-3));
    let rounded = (value / unit).round() * unit;
    if digits < 2 {
        let text = format!("{rounded:.*}", (2 - digits).clamp(0, 3) as usize);
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        return text.to_owned();
    }
    let whole = format!("{rounded:.0}");
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn gib(bytes: f64) -> String {
    format!("{} GiB", number(bytes / GIB))
}

fn seconds(value: f64) -> String {
    match value {
        value if value < 1.0 => format!("{} ms", number(value * 1e3)),
        value if value < 120.0 => format!("{} s", number(value)),
        value if value < 7200.0 => format!("{} min", number(value / 60.0)),
        value => format!("{} h", number(value / 3600.0)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn numbers_have_three_digits_that_count() {
        for (value, text) in [
            (0.0, "0"),
            (0.01, "0.01"),
            (0.123_4, "0.123"),
            (1.0, "1"),
            (2.5, "2.5"),
            (12.345, "12.3"),
            (999.6, "1,000"),
            (1_118.0, "1,120"),
            (123_456.0, "123,000"),
            (1e9, "1,000,000,000"),
            (0.000_012_3, "1.23e-5"),
        ] {
            assert_eq!(number(value), text);
        }
        assert_eq!([seconds(0.0123), seconds(90.0), seconds(3600.0)], ["12.3 ms", "90 s", "60 min"]);
    }

    #[test]
    fn confidence_follows_the_rate_to_the_end_of_the_scale() {
        let text = include_str!("../../../../models/calibration/default.json");
        let calibration = Calibration::from_json(text).unwrap();
        assert_eq!(confidence_at(&calibration, 1e-2), Some((0.5, false)));
        assert_eq!(confidence_at(&calibration, 1e-6), Some((0.92, true)));
        let (far, is_extrapolated) = confidence_at(&calibration, 1e-10).unwrap();
        assert!(far > 0.99 && far < 1.0 && is_extrapolated, "{far}");
        assert_eq!(confidence_at(&calibration, 1e-30), None);
    }

    #[test]
    fn published_document_holds_what_follows_from_the_constants() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/capacity.md");
        let published = std::fs::read_to_string(path).unwrap();
        let tables = document(&[], &Wishes::default(), None, Measured::published()).unwrap();
        assert!(
            published.ends_with(&tables),
            "run `cargo run -p vultus-eval --example capacity` and put what it prints at the end of docs/capacity.md"
        );
    }
}
