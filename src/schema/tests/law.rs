//! The legal crosswalk says what the laws say, and nothing where they are silent.

use super::catalogue;

#[test]
fn each_act_means_and_purpose_has_the_wording_of_each_law_and_none_where_the_law_has_none() {
    let catalogue = catalogue();
    let law = |list: &str, code: &str| catalogue.law(list, code).unwrap().columns();
    // RS KZ 388, SI KZ-1 113, AT StGB 104a, Palermo Protocol, EU directive.
    for (list, code, columns) in [
        ("x_Act", "Recruit", [Some("vrbuje"), Some("novači"), Some("anwirbt"), Some("recruitment"), None]),
        ("x_Act", "Receive", [None, Some("prevzame"), Some("sonst aufnimmt"), Some("receipt"), None]),
        ("x_Act", "OtherDisposal", [None, Some("z njo kako drugače razpolaga"), None, None, None]),
        ("x_Means", "Abduction", [None, Some("ugrabitev"), None, Some("abduction"), None]),
        (
            "x_Means",
            "DocumentRetention",
            [Some("zadržavanje ličnih isprava"), Some("separate offence 113(3)"), None, None, None],
        ),
        (
            "vic_TypeOfExploitation",
            "x:CriminalActivities",
            [
                Some("vršenje krivičnih dela"),
                Some("storitev kaznivih dejanj"),
                Some("Begehung strafbarer Handlungen"),
                None,
                Some("yes"),
            ],
        ),
        (
            "vic_TypeOfExploitation",
            "Surrogacy",
            [Some("not in 388"), None, None, None, Some("yes since 2024")],
        ),
    ] {
        assert_eq!(law(list, code), columns, "{list} {code}");
    }
}

#[test]
fn every_act_and_every_means_stands_in_at_least_one_law() {
    let catalogue = catalogue();
    for list in ["x_Act", "x_Means", "x_Aggravating"] {
        for code in catalogue.codes(list) {
            let law = catalogue.law(list, code).unwrap_or_else(|| panic!("{list} {code}"));
            assert!(law.columns().iter().any(Option::is_some), "{list} {code}");
        }
    }
    assert!(catalogue.law("vic_TypeOfExploitation", "ChildLabour").is_none());
    assert!(catalogue.law("x_Act", "NoSuchCode").is_none());
    assert!(catalogue.law("NoSuchList", "Recruit").is_none());
}

#[test]
fn every_offence_is_of_one_of_the_three_states_and_stands_once() {
    let catalogue = catalogue();
    let offences = catalogue.offences();
    let mut places: Vec<_> =
        offences.iter().map(|o| (&o.jurisdiction, &o.law, &o.article, &o.paragraph)).collect();
    places.sort();
    places.dedup();
    assert_eq!(places.len(), offences.len());
    assert!(offences.iter().all(|o| matches!(o.jurisdiction.as_str(), "RS" | "SI" | "AT")));
    let basic = offences.iter().find(|o| o.law == "KZ" && o.paragraph.as_deref() == Some("1")).unwrap();
    assert_eq!(basic.penalty.as_deref(), Some("3 to 12 years"));
}
