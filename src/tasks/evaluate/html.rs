//! Scores as one HTML page with tables, a chart a network and a picture. It has to look right in
//! old viewers too, QGIS's among them: tables and inline SVG only.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Evaluation, Table};
use crate::job::CREDIT;
use crate::raster::metrics::Scores;
use crate::text::shown;

const TITLE: &str = "Super-resolution assessed by Wald's protocol";

const STYLE: &str = "
body { font-family: sans-serif; color: #222; margin: 1.5em; max-width: 60em; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 1.6em; }
table { border-collapse: collapse; margin: .6em 0; }
th, td { padding: .25em .8em; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
td.better { color: #1a7f37; font-weight: bold; } td.worse { color: #b42318; }
figure { margin: 0; } img { max-width: 100%; } figcaption, p.note { color: #555; font-size: .9em; }
";

const EXPLANATION: &str = "Each band was made coarser by the factor that super-resolution undoes, super-resolved, and \
    compared with the band as it was. RMSE: root mean square error in digital numbers. SRE: signal to reconstruction \
    error. SAM: angle between true and computed spectra. ERGAS: relative error over all bands. UIQ: universal image \
    quality, 1 is perfect. The scores hold for the coarser scale.";

const RESULT_COLOUR: &str = "#2f6f9f";
const BICUBIC_COLOUR: &str = "#c9c9c9";

/// A measure: its heading, digits, whether more is better, and where it stands.
type Measure = (&'static str, usize, bool, fn(&Scores) -> Option<f64>);

const MEASURES: [Measure; 5] = [
    ("RMSE (DN)", 1, false, |s| Some(s.rmse)),
    ("SRE (dB)", 2, true, |s| Some(s.sre)),
    ("SAM (°)", 2, false, |s| Some(s.sam)),
    ("ERGAS", 2, false, |s| Some(s.ergas)),
    ("UIQ", 4, true, |s| s.uiq),
];

/// The page. The picture is a PNG.
pub(super) fn html(evaluation: &Evaluation, picture: Option<&[u8]>) -> String {
    let mut body = format!("<h1>{TITLE}</h1>");
    let mut about = vec![format!("Product: {}", escape(&evaluation.input))];
    about.extend(evaluation.notes.iter().map(|n| escape(n)));
    let _ = write!(body, "<p>{}</p>", about.join("<br>"));
    if let Some(png) = picture {
        let data = STANDARD.encode(png);
        let _ = write!(
            body,
            "<figure><img alt='' src='data:image/png;base64,{data}'><figcaption>Bands as they are (left) and \
             super-resolved (right), in false colour</figcaption></figure>"
        );
    }
    evaluation.tables.iter().for_each(|t| table(&mut body, t));
    let version = env!("CARGO_PKG_VERSION");
    let _ = write!(
        body,
        "<p class='note'>{EXPLANATION}</p><p class='note'>s2sr {version}; {CREDIT}</p>"
    );
    format!(
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>{TITLE}</title><style>{STYLE}</style></head>\
         <body>{body}</body></html>\n"
    )
}

/// Text of strangers, fit for HTML.
fn escape(text: &str) -> String {
    shown(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
}

/// All that there is about one network.
fn table(body: &mut String, t: &Table) {
    let (task, model) = (escape(&t.task), escape(&t.model));
    let _ = write!(body, "<h2>{task}, model {model}</h2>");
    measures(body, t);
    window(body, t);
    chart(body, t);
    bands(body, t);
}

/// The measures over all bands, beside bicubic's.
fn measures(body: &mut String, t: &Table) {
    let both = |m: &&Measure| (m.3)(&t.result).is_some() && (m.3)(&t.bicubic).is_some();
    let measures: Vec<&Measure> = MEASURES.iter().filter(both).collect();
    body.push_str("<table><tr><th></th>");
    for m in &measures {
        let _ = write!(body, "<th>{}</th>", m.0);
    }
    body.push_str("</tr>");
    for (name, scores, other) in [
        ("super-resolved", &t.result, Some(&t.bicubic)),
        ("bicubic", &t.bicubic, None),
    ] {
        let _ = write!(body, "<tr><td>{name}</td>");
        for (_, digits, more_is_better, value) in &measures {
            let (own, other) = (value(scores), other.and_then(value));
            let own = own.unwrap_or(f64::NAN);
            let class = other.map_or("", |o| compared(own, o, *more_is_better));
            let _ = write!(body, "<td class='{class}'>{own:.digits$}</td>");
        }
        body.push_str("</tr>");
    }
    body.push_str("</table>");
}

/// Where the scores were taken, and from how many pixels.
fn window(body: &mut String, t: &Table) {
    let [west, north, east, south] = t.window;
    let _ = write!(
        body,
        "<p class='note'>Window: west {west:.0}, south {south:.0}, east {east:.0}, north {north:.0}. \
         {} pixels of each band count, {:.1} % of the window. Made coarser again, the result differs from its input by \
         {:.2} DN (RMS).</p>",
        t.pixels,
        100.0 * t.share,
        t.consistency
    );
}

/// The error of each band, beside bicubic's.
fn bands(body: &mut String, t: &Table) {
    body.push_str("<table><tr><th>Band</th><th>RMSE</th><th>bicubic</th><th>difference</th></tr>");
    for (band, own, other) in errors(t) {
        let change = if other > 0.0 {
            100.0 * (own - other) / other
        } else {
            0.0
        };
        let class = compared(own, other, false);
        let _ = write!(
            body,
            "<tr><td>{band}</td><td>{own:.1}</td><td>{other:.1}</td><td \
             class='{class}'>{change:+.0} %</td></tr>"
        );
    }
    body.push_str("</table>");
}

fn compared(own: f64, other: f64, more_is_better: bool) -> &'static str {
    match own.total_cmp(&other).is_gt() {
        _ if own == other => "",
        more if more == more_is_better => "better",
        _ => "worse",
    }
}

/// The bands with the error of the result and that of bicubic.
fn errors(t: &Table) -> impl Iterator<Item = (&str, f64, f64)> {
    let both = t.result.rmse_bands.iter().zip(&t.bicubic.rmse_bands);
    t.bands
        .iter()
        .zip(both)
        .map(|(b, (own, other))| (b.as_str(), *own, *other))
}

/// Two horizontal bars a band: the error that is left, and bicubic's.
fn chart(body: &mut String, t: &Table) {
    const WIDTH: f64 = 420.0;
    const STEP: usize = 34;
    const LEFT: usize = 50;
    let longest = errors(t)
        .map(|(_, a, b)| a.max(b))
        .fold(0.0, f64::max)
        .max(f64::MIN_POSITIVE);
    let height = t.bands.len() * STEP + 24;
    let _ = write!(
        body,
        "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{height}' \
         font-family='sans-serif' font-size='12'>",
        LEFT + WIDTH as usize + 10
    );
    for (i, (band, own, other)) in errors(t).enumerate() {
        let y = i * STEP;
        let _ = write!(
            body,
            "<text x='{}' y='{}' text-anchor='end'>{band}</text>",
            LEFT - 8,
            y + 19
        );
        for (value, dy, colour) in [(own, 3, RESULT_COLOUR), (other, 16, BICUBIC_COLOUR)] {
            let length = WIDTH * value / longest;
            let _ = write!(
                body,
                "<rect x='{LEFT}' y='{}' width='{length:.1}' height='12' fill='{colour}'/>",
                y + dy
            );
        }
    }
    for (x, colour, text) in [
        (LEFT, RESULT_COLOUR, "RMSE, super-resolved"),
        (LEFT + 190, BICUBIC_COLOUR, "bicubic"),
    ] {
        let _ = write!(
            body,
            "<rect x='{x}' y='{}' width='12' height='12' fill='{colour}'/><text x='{}' \
             y='{}'>{text}</text>",
            height - 16,
            x + 17,
            height - 6
        );
    }
    body.push_str("</svg>");
}
