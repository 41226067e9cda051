//! Answers, as text for people or as JSON for programs.

use s2sr::internals::tasks::evaluate::Evaluation;
use s2sr::internals::tasks::report::Report;
use s2sr::internals::text::shown;
use serde_json::Value;

/// What a run did.
pub fn report(report: &Report, json: bool, quiet: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else if !quiet {
        let r = report;
        println!("{}", shown(r.output.as_deref().unwrap_or_default()));
        println!(
            "  {} x {} pixels of {} m, bands {}",
            r.cols,
            r.rows,
            r.gsd,
            r.bands.join(" ")
        );
        let speed = format!(
            "{:.1} s, {:.2} megapixels a second",
            r.seconds,
            r.megapixels / r.seconds
        );
        if r.models.is_empty() {
            println!("  no network was needed: {speed}");
        } else {
            println!(
                "  {} on {}: {speed}, {:.0} % of the time in the networks",
                r.models.join(", "),
                r.device,
                100.0 * r.onnxruntime_seconds / r.seconds
            );
        }
        match &r.verified.skipped {
            None => println!(
                "  {} files of the product held against their checksums",
                r.verified.files
            ),
            Some(why) => println!("  no file of the product was held against a checksum: {why}"),
        }
    }
    Ok(())
}

/// A product.
pub fn info(info: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(info)?);
        return Ok(());
    }
    let text = |v: &Value| v.as_str().unwrap_or("unknown").to_owned();
    println!("{}", text(&info["name"]));
    println!(
        "  level {}, processing baseline {}, {}, {}",
        text(&info["level"]),
        text(&info["baseline"]),
        text(&info["spacecraft"]),
        text(&info["crs"])
    );
    println!("  band    gsd    columns x rows      west      north  offset  type");
    for b in info["bands"].as_array().into_iter().flatten() {
        println!(
            "  {:4} {:4} m  {:>7} x {:<7} {:>9} {:>10} {:>7}  {}",
            text(&b["name"]),
            b["gsd"],
            b["cols"],
            b["rows"],
            b["west"],
            b["north"],
            b["offset"],
            text(&b["type"])
        );
    }
    for t in info["targets"].as_array().into_iter().flatten() {
        match t["error"].as_str() {
            Some(why) => println!("  to {} m: nothing ({why})", t["to"]),
            None => println!(
                "  to {} m: {} ({} x {} pixels, {})",
                t["to"],
                words(&t["bands"]),
                t["cols"],
                t["rows"],
                words(&t["models"])
            ),
        }
    }
    for note in info["notes"].as_array().into_iter().flatten() {
        println!("  note: {}", text(note));
    }
    Ok(())
}

/// Scores.
pub fn evaluation(evaluation: &Evaluation, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(evaluation)?);
        return Ok(());
    }
    println!("{}", shown(&evaluation.input));
    for t in &evaluation.tables {
        println!(
            "  {}: {} by Wald's protocol, re-aggregated within {:.1} DN",
            t.model, t.task, t.consistency
        );
        println!(
            "    {} pixels of each band count, {:.1} % of the window",
            t.pixels,
            100.0 * t.share
        );
        println!(
            "             RMSE   SRE dB      SAM    ERGAS      UIQ   SRE of {}",
            t.bands.join(" ")
        );
        for (name, s) in [("result", &t.result), ("bicubic", &t.bicubic)] {
            let bands: Vec<String> = s.sre_bands.iter().map(|v| format!("{v:.2}")).collect();
            let uiq = s.uiq.map_or("-".to_owned(), |v| format!("{v:.4}"));
            println!(
                "    {name:8} {:8.2} {:8.2} {:8.3} {:8.3} {uiq:>8}   {}",
                s.rmse,
                s.sre,
                s.sam,
                s.ergas,
                bands.join(" ")
            );
        }
    }
    for note in &evaluation.notes {
        println!("  note: {note}");
    }
    Ok(())
}

/// The installed networks.
pub fn models(models: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(models)?);
        return Ok(());
    }
    println!(
        "{} (default: {})",
        models["folder"].as_str().unwrap_or_default(),
        models["default"].as_str().unwrap_or_default()
    );
    for m in models["models"].as_array().into_iter().flatten() {
        let text = |key: &str| m[key].as_str().unwrap_or_default().to_owned();
        println!(
            "  {:12} {:7} {:12} {} parameters, {} TFLOP a product",
            text("name"),
            text("version"),
            m["contract"]["kind"].as_str().unwrap_or_default(),
            m["parameters"],
            m["tflop_per_tile"]
        );
        for (scene, s) in m["scores"].as_object().into_iter().flatten() {
            let best = m["scores_best"][scene]["sre"]
                .as_f64()
                .map(|v| format!(", {v} with quality best"))
                .unwrap_or_default();
            println!(
                "    {scene}: SRE {} dB (bicubic {}{best})",
                s["sre"], s["bicubic_sre"]
            );
        }
    }
    Ok(())
}

fn words(list: &Value) -> String {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}
