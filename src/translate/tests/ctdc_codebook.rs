//! The words of the CTDC global data set, by hand from its codebook (version 6, November 2017), the dictionary of
//! 28 November 2017 and the release of 14 April 2020. Page numbers are those of the codebook.

/// Pages 4 and 5, in the order of the release; `isSlaveryAndPractices` came with the release.
pub(super) const COLUMNS: &str = "yearOfRegistration Datasource gender ageBroad majorityStatus majorityStatusAtExploit \
    majorityEntry citizenship meansOfControlDebtBondage meansOfControlTakesEarnings \
    meansOfControlRestrictsFinancialAccess meansOfControlThreats meansOfControlPsychologicalAbuse \
    meansOfControlPhysicalAbuse meansOfControlSexualAbuse meansOfControlFalsePromises \
    meansOfControlPsychoactiveSubstances meansOfControlRestrictsMovement meansOfControlRestrictsMedicalCare \
    meansOfControlExcessiveWorkingHours meansOfControlUsesChildren meansOfControlThreatOfLawEnforcement \
    meansOfControlWithholdsNecessities meansOfControlWithholdsDocuments meansOfControlOther \
    meansOfControlNotSpecified meansOfControlConcatenated isForcedLabour isSexualExploit isOtherExploit \
    isSexAndLabour isForcedMarriage isForcedMilitary isOrganRemoval isSlaveryAndPractices \
    typeOfExploitConcatenated typeOfLabourAgriculture typeOfLabourAquafarming typeOfLabourBegging \
    typeOfLabourConstruction typeOfLabourDomesticWork typeOfLabourHospitality typeOfLabourIllicitActivities \
    typeOfLabourManufacturing typeOfLabourMiningOrDrilling typeOfLabourPeddling typeOfLabourTransportation \
    typeOfLabourOther typeOfLabourNotSpecified typeOfLabourConcatenated typeOfSexProstitution \
    typeOfSexPornography typeOfSexRemoteInteractiveServices typeOfSexPrivateSexualServices \
    typeOfSexConcatenated isAbduction RecruiterRelationship CountryOfExploitation \
    recruiterRelationIntimatePartner recruiterRelationFriend recruiterRelationFamily recruiterRelationOther \
    recruiterRelationUnknown";

/// The code of each flag that stands for one.
pub(super) const FLAGS: &[(&str, &str, &str)] = &[
    ("meansOfControlDebtBondage", "vic_MethodsOfControl", "DebtBondage"),
    ("meansOfControlTakesEarnings", "vic_MethodsOfControl", "TakesEarnings"),
    ("meansOfControlRestrictsFinancialAccess", "vic_MethodsOfControl", "RestrictsFinancialAccess"),
    ("meansOfControlThreats", "vic_MethodsOfControl", "PhysicalThreats"),
    ("meansOfControlPsychologicalAbuse", "vic_MethodsOfControl", "PsychologicalAbuse"),
    ("meansOfControlPhysicalAbuse", "vic_MethodsOfControl", "PhysicalAbuse"),
    ("meansOfControlSexualAbuse", "vic_MethodsOfControl", "SexualAbuse"),
    ("meansOfControlFalsePromises", "vic_MethodsOfControl", "FalsePromises"),
    ("meansOfControlPsychoactiveSubstances", "vic_MethodsOfControl", "PsychoactiveSubstance"),
    ("meansOfControlRestrictsMovement", "vic_MethodsOfControl", "x:RestrictsMovement"),
    ("meansOfControlRestrictsMedicalCare", "vic_MethodsOfControl", "RestrictsMedicalCare"),
    ("meansOfControlExcessiveWorkingHours", "vic_MethodsOfControl", "ExcessiveWorkingHours"),
    ("meansOfControlUsesChildren", "vic_MethodsOfControl", "x:UsesChildren"),
    ("meansOfControlThreatOfLawEnforcement", "vic_MethodsOfControl", "ThreatsLawEnforcement"),
    ("meansOfControlWithholdsNecessities", "vic_MethodsOfControl", "WithholdsNecessities"),
    ("meansOfControlWithholdsDocuments", "vic_MethodsOfControl", "WithholdsDocuments"),
    ("meansOfControlOther", "vic_MethodsOfControl", "Other"),
    ("isForcedLabour", "vic_TypeOfExploitation", "ForcedLabour"),
    ("isSexualExploit", "vic_TypeOfExploitation", "SexualExploitation"),
    ("isOtherExploit", "vic_TypeOfExploitation", "Other"),
    ("isForcedMarriage", "vic_TypeOfExploitation", "ForcedMarriage"),
    ("isForcedMilitary", "vic_TypeOfExploitation", "ForcedMilitaryByNonStateActors"),
    ("isOrganRemoval", "vic_TypeOfExploitation", "OrganRemoval"),
    ("isSlaveryAndPractices", "vic_TypeOfExploitation", "Servitude"),
    ("typeOfLabourBegging", "vic_TypeOfExploitation", "ForcedBegging"),
    ("typeOfLabourIllicitActivities", "vic_TypeOfExploitation", "x:CriminalActivities"),
    ("typeOfLabourConstruction", "vic_ForcedLabourIndustry", "F_Construction"),
    ("typeOfLabourDomesticWork", "vic_ForcedLabourIndustry", "T_ActivitiesOfHouseholdsAsEmployers"),
    ("typeOfLabourHospitality", "vic_ForcedLabourIndustry", "I_AccommodationAndFoodServiceActivities"),
    ("typeOfLabourManufacturing", "vic_ForcedLabourIndustry", "C_Manufacturing"),
    ("typeOfLabourMiningOrDrilling", "vic_ForcedLabourIndustry", "B_MiningAndQuarrying"),
    ("typeOfLabourPeddling", "vic_ForcedLabourIndustry", "x:Peddling"),
    ("typeOfLabourTransportation", "vic_ForcedLabourIndustry", "H_TransportationAndStorage"),
    ("typeOfLabourOther", "vic_ForcedLabourIndustry", "x:Other"),
    ("typeOfSexProstitution", "vic_TypeOfSexExploitation", "Prostitution"),
    ("typeOfSexPornography", "vic_TypeOfSexExploitation", "Pornography"),
    ("typeOfSexRemoteInteractiveServices", "vic_TypeOfSexExploitation", "RemoteInteractiveServices"),
    ("typeOfSexPrivateSexualServices", "vic_TypeOfSexExploitation", "PrivateSexualServices"),
    ("recruiterRelationIntimatePartner", "vic_RelationshipToTrafficker", "x:IntimatePartner"),
    ("recruiterRelationFriend", "vic_RelationshipToTrafficker", "Acquainted"),
    ("recruiterRelationFamily", "vic_RelationshipToTrafficker", "Familial"),
    ("recruiterRelationOther", "vic_RelationshipToTrafficker", "x:Other"),
];

/// What the codebook, the dictionary and the release have in the columns that are no flags.
const VALUES: &[(&str, &[&str])] = &[
    ("yearOfRegistration", &["2002", "2017"]),
    // Page 6 has a small letter, the release a capital one.
    ("Datasource", &["Case management", "Case Management", "Hotline"]),
    ("gender", &["Male", "Female", "Transgender/NonConforming", "Unknown"]),
    // Page 7; `Unknown` stands in the dictionary and in the release.
    (
        "ageBroad",
        &["0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "39--47", "48+", "Unknown"],
    ),
    ("majorityStatus", &["Minor", "Adult", "Unknown"]),
    ("majorityStatusAtExploit", &["Minor", "Adult", "Unknown"]),
    ("majorityEntry", &["Minor", "Adult", "Unknown"]),
    // Page 8 (`ZZ`), and the country tables of the dictionaries of 2017 and 2022.
    (
        "citizenship",
        &["ZZ", "00", "0", "MD", "RS", "CN", "TL", "Y1", "YU", "Y2", "Y3", "ZR", "TP", "TB", "AN"],
    ),
    (
        "CountryOfExploitation",
        &["ZZ", "00", "0", "MD", "RS", "CN", "TL", "Y1", "YU", "Y2", "Y3", "ZR", "TP", "TB", "AN"],
    ),
    // Pages 14 and 15.
    (
        "meansOfControlConcatenated",
        &[
            "Debt bondage",
            "Takes/Withholds Earnings",
            "Restricts access to finances",
            "Threats to individual or others",
            "Psychological abuse",
            "Physical abuse",
            "Sexual abuse",
            "False promises/deception",
            "Use of psychoactive substances",
            "Denied freedom of movement/kept in isolation",
            "Limits/restricts medical services",
            "Minor sexually exploited or abused",
            "Excessive working hours",
            "Restricts access to/manipulates children",
            "Threat of action by law enforcement",
            "Withholds/denies basic necessities",
            "Withholds/Destroys Important Documents",
            "Other",
            "Not Specified",
            "Not specified",
        ],
    ),
    // Page 17; from `Forced labour` on the release's.
    (
        "typeOfExploitConcatenated",
        &[
            "Forced labour and/or services",
            "Sexual exploitation",
            "Other",
            "Forced labour",
            "Forced marriage",
            "Slavery and similar practices",
            "Forced labour;Sexual exploitation;Combined sexual and labour exploitation",
        ],
    ),
    // Page 21; from `Agriculture` on the release's.
    (
        "typeOfLabourConcatenated",
        &[
            "Agriculture/Farms/Animal Husbandry",
            "Aquafarming/Fishing",
            "Begging",
            "Construction",
            "Domestic Work",
            "Hospitality/Restaurant/Food Service/Hotel",
            "Illicit Activities",
            "Manufacturing/Factory work",
            "Mining, Quarrying, Oil/Gas Extraction",
            "Peddling/informal street commerce",
            "Transportation",
            "Other",
            "Not Specified",
            "Agriculture",
            "Aquafarming",
            "Domestic work",
            "Hospitality",
            "Manufacturing",
            "Peddling",
            "Sexual exploitation",
            "Other;Not specified",
        ],
    ),
    // Page 23.
    (
        "typeOfSexConcatenated",
        &["Prostitution", "Pornography", "Remote interactive services", "Private sexual services"],
    ),
    // Pages 23 and 24; `Friend`, `Unknown` and the space after the semicolon are the release's.
    (
        "RecruiterRelationship",
        &[
            "Intimate Partner",
            "Friend/Acquaintance",
            "Family/Relative",
            "Other",
            "Not Specified",
            "Friend",
            "Unknown",
            "Family/Relative; Intimate Partner",
        ],
    ),
];

/// Every documented value of a column but `-99`. Each flag has three values (dictionary, sheet 1), also where the
/// codebook names two.
pub(super) fn documented(column: &str) -> &'static [&'static str] {
    VALUES.iter().find(|(name, _)| *name == column).map_or(&["1", "0"], |(_, values)| values)
}

/// Every loss of every documented value.
pub(super) const LOSSES: &[&str] = &[
    "gender Transgender/NonConforming: transgender or non-conforming, in one word",
    "citizenship RS: Serbia, Kosovo or the former Serbia and Montenegro",
    "citizenship CN: China includes Tibet",
    "citizenship Y2: Montenegro as a province of Serbia and Montenegro",
    "citizenship Y3: Serbia as a province of Serbia and Montenegro",
    "citizenship TB: Tibet",
    "meansOfControlThreats 1: threats of any harm or loss, not only physical ones",
    "meansOfControlConcatenated Threats to individual or others: threats of any harm or loss, not only \
     physical ones",
    "meansOfControlConcatenated Minor sexually exploited or abused: a label without a flag: a minor \
     sexually exploited or abused",
    "isSexAndLabour 1: both kinds in one column: they come back as isForcedLabour and isSexualExploit",
    "isForcedMilitary 1: military service for anyone, a state too",
    "isSlaveryAndPractices 1: slavery and practices similar to it",
    "typeOfExploitConcatenated Slavery and similar practices: slavery and practices similar to it",
    "typeOfLabourAgriculture 1: division 01 of ISIC section A: crop and animal production",
    "typeOfLabourAgriculture 0: that it does not apply is not carried",
    "typeOfLabourAquafarming 1: division 03 of ISIC section A: fishing and aquaculture",
    "typeOfLabourAquafarming 0: that it does not apply is not carried",
    "typeOfLabourConcatenated Agriculture/Farms/Animal Husbandry: division 01 of ISIC section A: crop \
     and animal production",
    "typeOfLabourConcatenated Aquafarming/Fishing: division 03 of ISIC section A: fishing and aquaculture",
    "typeOfLabourConcatenated Agriculture: division 01 of ISIC section A: crop and animal production",
    "typeOfLabourConcatenated Aquafarming: division 03 of ISIC section A: fishing and aquaculture",
    "CountryOfExploitation RS: Serbia, Kosovo or the former Serbia and Montenegro",
    "CountryOfExploitation CN: China includes Tibet",
    "CountryOfExploitation Y2: Montenegro as a province of Serbia and Montenegro",
    "CountryOfExploitation Y3: Serbia as a province of Serbia and Montenegro",
    "CountryOfExploitation TB: Tibet",
];

/// What the local codes of the data set's country table become, and what comes back.
pub(super) const LOCAL_COUNTRIES: &[(&str, &str, &str)] = &[
    ("Y1", r#"{"as_received":"Y1","code":"XK","scheme":"user-assigned"}"#, "Y1"),
    ("YU", r#"{"code":"YU","scheme":"iso3166-3"}"#, "YU"),
    ("ZR", r#"{"code":"ZR","scheme":"iso3166-3"}"#, "ZR"),
    ("TP", r#"{"code":"TP","scheme":"iso3166-3"}"#, "TP"),
    ("AN", r#"{"code":"AN","scheme":"iso3166-3"}"#, "AN"),
    ("Y2", r#""ME""#, "ME"),
    ("Y3", r#""RS""#, "RS"),
    ("TB", r#""CN""#, "CN"),
    ("RS", r#""RS""#, "RS"),
    ("ME", r#""ME""#, "ME"),
];
