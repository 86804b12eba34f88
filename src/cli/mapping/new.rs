//! `casebridge mapping new`.

use std::path::PathBuf;

use super::super::translate::read_bounded;
use super::super::{Exit, Failure, Outcome, print};
use crate::message::PartyId;
use crate::schema::Catalogue;
use crate::schema::json::Limits;
use crate::translate::Format;
use crate::translate::workbench::{Hints, Wish, skeleton};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A sample record; may be given several times, for samples of one form
    #[arg(long, value_name = "SAMPLE", required = true)]
    from: Vec<PathBuf>,
    /// The party that writes and reads this form, such as `rs/mup`
    #[arg(long, value_name = "PARTY")]
    agency: Option<PartyId>,
    /// What the table is called; otherwise the agency with a hyphen
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The samples' format, where it cannot be told
    #[arg(long, value_parser = ["xml", "json", "csv"], value_name = "FORMAT")]
    format: Option<String>,
    /// What divides the columns of a CSV sample, where it cannot be told: one character, or `tab`
    #[arg(long, value_parser = delimiter, value_name = "MARK")]
    delimiter: Option<u8>,
    /// The samples' encoding, where it cannot be told
    #[arg(long, value_parser = ["utf-8", "windows-1250"], value_name = "ENCODING")]
    encoding: Option<String>,
    /// List the words of small closed sets: they are values of the samples
    #[arg(long)]
    show_values: bool,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" => Ok(b'\t'),
        [mark] if mark.is_ascii_graphic() && *mark != b'"' => Ok(*mark),
        _ => Err("give one visible ASCII character other than the quotation mark, or `tab`".to_owned()),
    }
}

pub(super) fn run(args: &Args, catalogue: &Catalogue) -> Outcome {
    let samples = args.from.iter().map(|path| read_bounded(path, Limits::RECORD.bytes));
    let samples: Vec<Vec<u8>> = samples.collect::<Result<_, _>>()?;
    let format = args.format.as_deref().map(|format| match format {
        "xml" => Format::Xml,
        "json" => Format::Json,
        _ => Format::Csv,
    });
    let hints = Hints {
        format,
        delimiter: args.delimiter,
        windows_1250: args.encoding.as_deref().map(|encoding| encoding == "windows-1250"),
    };
    let wish = Wish {
        agency: args.agency.as_ref(),
        name: args.name.as_deref(),
        hints,
        show_values: args.show_values,
    };
    let samples: Vec<&[u8]> = samples.iter().map(Vec::as_slice).collect();
    let table = skeleton(&samples, &wish, catalogue).map_err(|(number, error)| {
        let file = args.from.get(number).map(|path| path.display().to_string()).unwrap_or_default();
        Failure::new(format!("{file}: {error}"))
    })?;
    print(&table);
    Ok(Exit::Good)
}
