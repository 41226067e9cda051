//! `s2sr run`: a product into a file, or products into a folder.

use std::path::PathBuf;

use anyhow::bail;
use clap::ArgMatches;
use s2sr::Options;
use s2sr::internals::tasks::many::{Outcome, Product, run_many};
use s2sr::internals::text::shown_path;

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
                    return show_all(m, vec![product]);
                }
                // As where it is made: what is said of one product is no list.
                println!("{}", serde_json::to_string_pretty(&product.told())?);
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
    let (failed, all) = (
        count(&products, |o| matches!(o, Outcome::Failed(_))),
        products.len(),
    );
    show_all(m, products)?;
    if failed > 0 {
        bail!("{failed} of {all} products failed");
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
fn show_all(m: &ArgMatches, products: Vec<Product>) -> anyhow::Result<()> {
    if json(m) {
        let all: Vec<_> = products.into_iter().map(Product::told).collect();
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    if m.get_flag("quiet") {
        return Ok(());
    }
    for product in &products {
        let output = shown_path(&product.output);
        match &product.outcome {
            Outcome::Done(report) => println!("done     {output} ({:.1} s)", report.seconds),
            Outcome::Skipped => println!("skipped  {output} (it is there already)"),
            Outcome::Failed(_) => println!("failed   {}", shown_path(&product.input)),
        }
    }
    println!(
        "{} done, {} skipped, {} failed",
        count(&products, |o| matches!(o, Outcome::Done(_))),
        count(&products, |o| matches!(o, Outcome::Skipped)),
        count(&products, |o| matches!(o, Outcome::Failed(_)))
    );
    Ok(())
}
