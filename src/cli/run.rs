//! `s2sr run`: a product into a file, or products into a folder.

use std::path::PathBuf;

use anyhow::bail;
use clap::ArgMatches;
use s2sr::Options;
use s2sr::internals::tasks::many::{Outcome, Product, run_many};
use s2sr::internals::text::{as_given, shown_path};
use serde_json::{Value, json};

use super::terminal::Terminal;
use super::{args, json, output, show};

/// Does what was asked for.
pub fn run(m: &ArgMatches) -> anyhow::Result<()> {
    let options = args::options(m)?;
    let inputs: Vec<PathBuf> = m.get_many("INPUT").into_iter().flatten().cloned().collect();
    match &inputs[..] {
        [input] if !output(m).is_dir() => {
            if m.get_flag("skip-existing") && output(m).exists() {
                let product = skipped(input.clone(), output(m).into());
                if !json(m) {
                    return show_all(m, &[product]);
                }
                // As where it is made: what is said of one product is no list.
                println!("{}", serde_json::to_string_pretty(&about(&product))?);
                return Ok(());
            }
            let mut terminal = Terminal::new(m.get_flag("quiet") || json(m));
            let report = s2sr::run(input, output(m), &options, &mut |f, note| {
                terminal.tell(f, note)
            })?;
            terminal.done();
            show::report(&report, json(m), m.get_flag("quiet"))
        }
        _ => many(m, &inputs, &options),
    }
}

fn many(m: &ArgMatches, inputs: &[PathBuf], options: &Options) -> anyhow::Result<()> {
    let mut terminal = Terminal::new(m.get_flag("quiet") || json(m));
    let products = run_many(
        inputs,
        output(m),
        options,
        m.get_flag("skip-existing"),
        &mut |f, note| terminal.tell(f, note),
        &mut |product| {
            if let Outcome::Failed(e) = &product.outcome {
                eprintln!("s2sr: {e}");
            }
        },
    )?;
    terminal.done();
    show_all(m, &products)?;
    let failed = count(&products, |o| matches!(o, Outcome::Failed(_)));
    if failed > 0 {
        bail!("{failed} of {} products failed", products.len());
    }
    Ok(())
}

fn skipped(input: PathBuf, output: PathBuf) -> Product {
    Product {
        input,
        output,
        outcome: Outcome::Skipped,
    }
}

fn count(products: &[Product], which: impl Fn(&Outcome) -> bool) -> usize {
    products.iter().filter(|p| which(&p.outcome)).count()
}

/// A line a product, and how many there are of each kind.
fn show_all(m: &ArgMatches, products: &[Product]) -> anyhow::Result<()> {
    if json(m) {
        let all: Vec<Value> = products.iter().map(about).collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    if m.get_flag("quiet") {
        return Ok(());
    }
    for product in products {
        let output = shown_path(&product.output);
        match &product.outcome {
            Outcome::Done(report) => println!("done     {output} ({:.1} s)", report.seconds),
            Outcome::Skipped => println!("skipped  {output} (it is there already)"),
            Outcome::Failed(_) => println!("failed   {}", shown_path(&product.input)),
        }
    }
    println!(
        "{} done, {} skipped, {} failed",
        count(products, |o| matches!(o, Outcome::Done(_))),
        count(products, |o| matches!(o, Outcome::Skipped)),
        count(products, |o| matches!(o, Outcome::Failed(_)))
    );
    Ok(())
}

fn about(product: &Product) -> Value {
    let mut about = json!({
        "input": as_given(&product.input.to_string_lossy()), "output": product.output.to_string_lossy(),
    });
    match &product.outcome {
        Outcome::Done(report) => {
            about["state"] = "done".into();
            about["report"] = json!(report);
        }
        Outcome::Skipped => about["state"] = "skipped".into(),
        Outcome::Failed(e) => {
            about["state"] = "failed".into();
            about["error"] = e.to_string().into();
        }
    }
    about
}
