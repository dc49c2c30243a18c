"""Made-up agencies, people and records for tests."""

import datetime

import factory

from det.models import (
    Agency,
    Client,
    ClientInformationReview,
    Episode,
    Intervention,
    OutcomesProfile,
    SubInterventionReview,
)
from ndtms.accounts.models import AGENCY_ROLES, User
from ndtms.accounts.services import add_to_agency
from ndtms.regions.services.declarations import renew_made_up


class AgencyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Agency

    code = factory.Sequence(lambda n: f"A{n:04}")
    name = factory.Sequence(lambda n: f"Agency {n}")
    dataset = "AD"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = "Pat Example"

    @factory.post_generation
    def agency(self, create, extracted, **about):  # type: ignore[no-untyped-def]
        """For whom the person works: agency=..., or one made with agency__...; nobody but in AGENCY_ROLES."""
        if self.role in AGENCY_ROLES:
            add_to_agency(user=self, agency=extracted or AgencyFactory(**about))

    @factory.post_generation
    def declarations(self, create, extracted, **about):  # type: ignore[no-untyped-def]
        """Those of regional and national teams are valid."""
        renew_made_up(person=self)


class ClientFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Client

    agency = factory.SubFactory(AgencyFactory)
    client_id = factory.Sequence(lambda n: f"C-{n}")
    first_initial = "J"
    last_initial = "S"
    birth_date = factory.Sequence(lambda n: datetime.date(1980, 1, 1) + datetime.timedelta(days=n))
    sex = "F"
    ethnicity = "A"
    consent = "Y"


class EpisodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Episode

    client = factory.SubFactory(ClientFactory)
    agency = factory.SelfAttribute("client.agency")
    episode_id = factory.Sequence(lambda n: f"E-{n}")
    referral_date = datetime.date(2026, 1, 5)
    triage_date = datetime.date(2026, 1, 12)
    substance_1 = "7000"


class _OfEpisode(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True

    episode = factory.SubFactory(EpisodeFactory)
    agency = factory.SelfAttribute("episode.agency")


class InterventionFactory(_OfEpisode):
    class Meta:
        model = Intervention

    intervention_id = factory.Sequence(lambda n: f"I-{n}")
    intervention_type = "95"
    referred_date = datetime.date(2026, 1, 12)


class SubInterventionReviewFactory(_OfEpisode):
    class Meta:
        model = SubInterventionReview

    review_id = factory.Sequence(lambda n: f"S-{n}")
    review_date = datetime.date(2026, 3, 2)


class OutcomesProfileFactory(_OfEpisode):
    class Meta:
        model = OutcomesProfile

    profile_id = factory.Sequence(lambda n: f"P-{n}")
    profile_date = datetime.date(2026, 1, 20)
    stage = "S"


class ClientInformationReviewFactory(_OfEpisode):
    class Meta:
        model = ClientInformationReview

    review_id = factory.Sequence(lambda n: f"R-{n}")
    review_date = datetime.date(2026, 4, 1)
