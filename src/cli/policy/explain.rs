//! `casebridge policy explain`: what would become of a message.

use crate::cli::draft::Draft;
use crate::cli::extent::{self, Apart};
use crate::cli::{Desk, Exit, Failure, Outcome, language, note_line, print, print_line};
use crate::policy::{End, Explanation};
use crate::schema::Language;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    draft: Draft,
    /// As if this person had released it, with all the roles that the policy in force gives: an id of `people.toml`, or
    /// a role, if whoever has it has the same roles; may be given several times
    #[arg(long, value_name = "REVIEWER")]
    released_by: Vec<String>,
    #[command(flatten)]
    apart: Apart,
    /// Print exactly what the partner would get, as JSON, instead of the explanation
    #[arg(long)]
    as_seen: bool,
    /// Print the explanation as JSON
    #[arg(long, conflicts_with = "as_seen")]
    json: bool,
    /// Language of the rules' sentences: `en`, `sr-Cyrl`, `sr-Latn`, `sl` or `de`
    #[arg(long, value_parser = language, default_value = "en")]
    language: Language,
}

pub(super) fn run(args: &Args) -> Outcome {
    let request = args.draft.request("nobody")?;
    if args.apart.is_given() && args.released_by.is_empty() {
        return Err(Failure::new("`--only` and `--without` say what somebody releases: add `--released-by`"));
    }
    let desk = Desk::open(&args.draft.config)?;
    let mut releases = Vec::new();
    for word in &args.released_by {
        let extent = args.apart.extent();
        let (releasing, note) = extent::reviewer(&desk.gateway.roster(), &args.draft.from, word, extent)?;
        // Beside the result: that one is for programs too.
        if let Some(note) = note {
            note_line(&note);
        }
        releases.push(releasing);
    }
    let tried = desk
        .runtime
        .block_on(desk.gateway.try_out(request, releases))
        .map_err(|error| Failure::of("not decided", &error))?;
    if args.as_seen {
        let Some(document) = &tried.document else {
            let why = "leave out `--as-seen` to read why";
            return Err(Failure::new(match &tried.basis.verdict.end {
                End::Hold { releasers } => {
                    let fits = |roles: &_| releasers.iter().any(|way| !way.is_disjoint(roles));
                    let mut reviewers = desk.gateway.roster().reviewers(&args.draft.from);
                    reviewers.retain(|(id, roles)| fits(roles) && !args.released_by.contains(id));
                    let one = reviewers.first().map_or("REVIEWER", |(id, _)| id.as_str());
                    format!(
                        "the partner sees nothing before a second person has released it; add `--released-by {one}` to see what then, or {why}"
                    )
                }
                _ => format!("the partner would see nothing: it is refused; {why}"),
            }));
        };
        print_line(&serde_json::to_string_pretty(document).unwrap_or_default());
        return Ok(Exit::Good);
    }
    let reviewers = desk.gateway.roster().reviewers(&args.draft.from);
    desk.gateway.with_rules(|rules| {
        let explanation = Explanation::new(&tried.basis, rules).supposed().with_reviewers(&reviewers);
        if args.json {
            print_line(&serde_json::to_string_pretty(&explanation.json()).unwrap_or_default());
        } else {
            print(&explanation.text(args.language));
        }
    });
    Ok(Exit::Good)
}
