//! The catalogue keeps to the standard it names: IOM HTCDS 2.0 (CC BY 4.0).

use super::catalogue;
use crate::schema::FieldKind;

/// The names of the standard's 80 live fields.
const NAMES: &str = "\
    org_Name org_ShippingCity org_ShippingCountry org_ShippingState org_ShippingStreet \
    org_ShippingPostalCode org_ShippingLongitude org_ShippingLatitude org_Phone org_Type \
    prs_Salutation prs_FirstName prs_MiddleName prs_SecondName prs_Birthdate prs_Gender \
    prs_Deceased prs_MaritalStatus prs_NumberOfChildren prs_PrimaryLanguage prs_SecondaryLanguage \
    prs_HighestLevelOfEducation prs_Citizenship prs_IdentityNumber prs_Title prs_Email \
    prs_HomePhone prs_MobilePhone prs_MailingCity prs_MailingCountry prs_MailingState \
    prs_MailingStreet prs_MailingPostalCode prs_MailingLongitude prs_MailingLatitude \
    vic_TraffickingStatus vic_TraffickingStatusDecisionMakingOrg vic_RelationshipToTrafficker \
    vic_AgeWhenTrafficked vic_RecruitmentWebsitesAndApps vic_MethodOfRecruitment \
    vic_LocationOfRecruitment vic_MethodsOfControl vic_TypeOfExploitation vic_ForcedLabourIndustry \
    vic_TypeOfSexExploitation vic_LocationOfExploitation vic_ExploitationWebsitesAndApps \
    per_RoleInProcess per_RoleDetails  cas_Status cas_ReasonForCaseClosure cas_CaseOwner \
    cas_ReferringOrganisation cas_IncomingReferralDate cas_ReferringPrimaryCaseWorker \
    cas_ReasonForIncomingReferral cas_IncomingReferralDetails cas_ReferredOrganisation \
    cas_ReferredPrimaryCaseWorker cas_ReasonForOutgoingReferral cas_OutgoingReferralDate \
    cas_OutgoingReferralDetails cco_CaseComment hte_Longitude hte_Latitude hte_City hte_Country \
    hte_State hte_Street hte_PostalCode hte_Date hte_Type hte_Description spl_Objectives \
    spl_ActionPlan spl_PlannedEndDate spl_ActualEndDate spl_Type con_Consent";

/// The standard's closed code lists, by field.
const LISTS: &[(&str, &str)] = &[
    (
        "org_Type",
        "\
        NGO LawEnforcement HealthServiceOrganisation CentralGovernmentOrganisation \
    LocalGovernmentOrganisation ImmigrationService LegalService CorporateBusiness SchoolOrCollege",
    ),
    (
        "prs_Gender",
        "\
        Feminine Masculine TransgenderFeminine TransgenderMasculine NonConforming NonSpecifiedUnknown",
    ),
    (
        "prs_MaritalStatus",
        "\
        Single Married Widowed Divorced Separated RegisteredPartnership",
    ),
    (
        "prs_HighestLevelOfEducation",
        "\
        EarlyChildhoodEducation PrimaryEducation LowerSecondaryEducation UpperSecondaryEducation \
    PostSecondaryNonTertiaryEducation ShortCycleTertiaryEducation BachelorsOrEquivalentLevel \
    MastersOrEquivalentLevel DoctoralOrEquivalentLevel",
    ),
    (
        "vic_TraffickingStatus",
        "\
        PossibleVictimOfTrafficking ActualVictimOfTrafficking NotAVictimOfTrafficking",
    ),
    (
        "vic_TraffickingStatusDecisionMakingOrg",
        "\
        Police NGO CourtOrProsecution NonPoliceGovernmentalOrganization Other",
    ),
    ("vic_RelationshipToTrafficker", "Familial Acquainted Unaquainted"),
    (
        "vic_RecruitmentWebsitesAndApps",
        "\
        Facebook Instagram WhatsApp Telegram FacebookMessenger Viber SnapChat Line 4Sale WeChat QQ \
    QZone TikTok Twitter Other",
    ),
    (
        "vic_MethodOfRecruitment",
        "\
        AtAPlaceOfBusiness AtAnEducationalInstitution AtWork ThroughOnlineSocialNetworks \
    ThroughAnOnlineAdvertisement ThroughATelevisionAdvert ThroughANewspaperAdvert \
    ThroughFamilyOrFamilyEvents ThroughFriendsOrSocialEvents Other",
    ),
    (
        "vic_MethodsOfControl",
        "\
        PhysicalThreats ThreatsLawEnforcement ThreatensChildrenFamily DebtBondage FalsePromises \
    PhysicalAbuse SexualAbuse TakesEarnings RestrictsFinancialAccess RestrictsMedicalCare \
    WithholdsNecessities PsychologicalAbuse PsychoactiveSubstance ExcessiveWorkingHours \
    WithholdsDocuments Other",
    ),
    (
        "vic_TypeOfExploitation",
        "\
        ForcedLabour SexualExploitation ChildLabour ForcedMarriage Servitude \
    ForcedMilitaryByNonStateActors OrganRemoval ForcedBegging ForcedAdoption Surrogacy Other",
    ),
    (
        "vic_ForcedLabourIndustry",
        "\
        A_AgricultureForestryAndFishing B_MiningAndQuarrying C_Manufacturing \
    D_ElectricityGasSteamAndAirConditioningSupply E_WaterSupplySewerageWasteManagement \
    F_Construction G_WholesaleAndRetailTradeRepairOfMotorVehicles H_TransportationAndStorage \
    I_AccommodationAndFoodServiceActivities J_InformationAndCommunication \
    K_FinancialAndInsuranceActivities L_RealEstateActivities \
    M_ProfessionalScientificAndTechnicalActivities N_AdministrativeAndSupportServiceActivities \
    O_PublicAdministrationAndDefence P_Education Q_HumanHealthAndSocialWorkActivities \
    R_ArtsEntertainmentAndRecreation S_OtherServiceActivities T_ActivitiesOfHouseholdsAsEmployers \
    U_ActivitiesOfExtraterritorialOrganizations",
    ),
    (
        "vic_TypeOfSexExploitation",
        "\
        Prostitution Pornography RemoteInteractiveServices PrivateSexualServices",
    ),
    (
        "vic_ExploitationWebsitesAndApps",
        "\
        Facebook Instagram WhatsApp Telegram FacebookMessenger Viber SnapChat Line 4Sale WeChat QQ \
    QZone TikTok Twitter Other",
    ),
    (
        "per_RoleInProcess",
        "\
        TravellingPartner Transporter RecruiterOrIntermediary BrokerTravelAgent TransferredIndividual \
    HarbouredIndividual SoldIndividual BoughtIndividual ReceivedIndividual ControlledIndividual \
    Smuggler Abuser Kidnapper Exploiter Other",
    ),
    ("cas_Status", "Active FollowUp Closed ClosedReferred"),
    ("cas_ReasonForIncomingReferral", "AdditionalServicesRequired MigrationOrChangeOfLocation Other"),
    ("cas_ReasonForOutgoingReferral", "AdditionalServicesRequired MigrationOrChangeOfLocation Other"),
    ("hte_Type", "Recruitment Transit Exploitation"),
    (
        "spl_Type",
        "\
        Education Financial Health LabourExploitationRehabilitation Legal Livelihood \
    RightsBasedTraining SexualExploitationRehabilitation SocialCare",
    ),
];

#[test]
fn every_htcds_name_is_a_field_of_the_standard() {
    let catalogue = catalogue();
    let names: Vec<&str> = NAMES.split_whitespace().collect();
    assert_eq!(names.len(), 80);
    let mut seen = 0;
    for field in catalogue.fields() {
        let own = field.name().starts_with("x_") || !field.name().contains('_');
        match &field.htcds {
            Some(htcds) => {
                assert!(names.contains(&htcds.as_str()), "{}", field.path);
                assert_eq!(htcds, field.name());
                seen += 1;
            }
            // Members of an `x_` group need no prefix.
            None => assert!(
                own || field.path.starts_with("x_") && !names.contains(&field.name()),
                "{}",
                field.path
            ),
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn every_code_without_a_mark_is_in_the_standards_list_and_none_of_it_is_missing() {
    let catalogue = catalogue();
    for (name, codes) in LISTS.iter().filter(|(name, _)| *name != "org_Type") {
        let field = catalogue.fields().find(|field| field.htcds.as_deref() == Some(*name)).unwrap();
        let FieldKind::Code(list) = &field.kind else { panic!("{name}") };
        let ours: Vec<&str> =
            catalogue.codes(list).iter().map(String::as_str).filter(|code| !code.starts_with("x:")).collect();
        assert_eq!(ours, codes.split_whitespace().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn the_four_other_spellings_are_read_and_an_alias_is_always_a_code() {
    let catalogue = catalogue();
    for (spelling, code) in [
        ("PsychoactiveSubstances", "PsychoactiveSubstance"),
        ("ThreatOfLawEnforcement", "ThreatsLawEnforcement"),
        ("Threats", "PhysicalThreats"),
        ("UsesChildren", "x:UsesChildren"),
    ] {
        assert_eq!(catalogue.alias("vic_MethodsOfControl", spelling), Some(code));
        assert!(catalogue.has_code("vic_MethodsOfControl", code));
    }
}

#[test]
fn the_fields_that_decide_release_have_the_right_category() {
    let catalogue = catalogue();
    for (path, category) in [
        ("x_Persons[].x_Shelter.address", "shelter_location"),
        ("x_Persons[].prs_IdentityNumber", "identifier"),
        ("x_Persons[].x_Indicators[].code", "assessment"),
        ("x_Persons[].x_Return.risk_assessment", "assessment"),
        ("x_Persons[].vic_TypeOfSexExploitation", "sexual_life"),
        ("cco_CaseComment", "free_text"),
        ("x_Persons[].x_Note", "free_text"),
        // Without these the receiver cannot tell whom it must protect.
        ("x_Persons[].x_SubjectCategory", "case_reference"),
        ("x_Persons[].x_ChildNow", "identity"),
        ("x_Evaluation.source", "case_reference"),
        ("x_Unmapped[].value", "free_text"),
        ("x_LossNote[].note", "case_reference"),
        ("x_Persons[].x_ResidenceStatus", "immigration_status"),
    ] {
        assert_eq!(catalogue.field(path).unwrap().category.as_str(), category, "{path}");
    }
    let control = catalogue.field("x_Persons[].vic_MethodsOfControl").unwrap();
    for code in ["RestrictsMedicalCare", "PsychoactiveSubstance"] {
        assert_eq!(catalogue.category_of(control, code).as_str(), "health");
    }
}
