//! `casebridge schema`.

use clap::Subcommand;

use super::{Exit, Failure, Outcome, print, print_line};
use crate::app;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    form: Form,
}

#[derive(Debug, Subcommand)]
enum Form {
    /// As JSON Schema (draft 2020-12), for programs
    Export,
    /// As a page in Markdown, for people: every field and code with its labels and laws
    Page,
}

pub(super) fn run(args: &Args) -> Outcome {
    let catalogue = app::catalogue();
    match args.form {
        Form::Export => print_line(
            &serde_json::to_string_pretty(&catalogue.json_schema())
                .map_err(|error| Failure::of("cannot write the schema", &error))?,
        ),
        Form::Page => print(&catalogue.page()),
    }
    Ok(Exit::Good)
}
