"""/v1/score, /v1/moderate and /v1/comments over a scorer by keyword."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from moderation.domain import ABUSE_ATTRIBUTES
from tests.api.answers import assert_error, rows, service_of
from tests.api.conftest import OpenClient
from tests.fakes import FakeScorer

TEXTS = [
    "أختلف معك تمامًا، لكن شكرًا على المقال",
    "الحمدُ للهِ على كلِّ حالٍ",
    "والله العظيم ده كلام فاضي يا باشا",  # Egyptian
    "شو هالحكي؟ ما بصير هيك يا زلمة",  # Levantine
    "وش ذا الكلام؟ ما يصير كذا يا خوي",  # Gulf
    "علاش هاد الشي؟ بزاف عليكم",  # Maghrebi
    "شكو ماكو؟ هاي شلون سالفة",  # Iraqi
    "7aram 3leikom, el maqal da mesh sa7",  # Arabizi
    "مقال رائع 👏🏽👨‍👩‍👧‍👦🇵🇸❤️",
    "قرأت المقال في CNN يوم 2023-08-23 (very good) وأعجبني",
    "سطر أول\nسطر ثانٍ\r\n\tسطر ثالث",
    "كلمة\u200cمفصولة \u202eمعكوسة\u202c \u2066معزولة\u2069",
    "نص فيه صفر\0وبعده",
    "٪ ٣٫٥ ؛ « » — ‎…",
    "ط",
    "👍",
]


@pytest.fixture(scope="module")
def scorer() -> FakeScorer:
    """The scorer of this module's service."""
    return FakeScorer()


@pytest.fixture(scope="module")
def client(open_client: OpenClient, scorer: FakeScorer) -> Iterator[TestClient]:
    """A service over ``scorer``."""
    with open_client(scorer) as client:
        yield client


@pytest.mark.parametrize("text", TEXTS)
def test_one_text_of_any_kind(client: TestClient, text: str) -> None:
    posted = client.post("/v1/moderate", json={"text": text})
    assert posted.status_code == 200
    answer = posted.json()
    assert answer["decision"]["action"] == "approve"
    assert [reason["code"] for reason in answer["decision"]["reasons"]] == ["clean"]
    assert set(answer["scores"]) == set(ABUSE_ATTRIBUTES)
    stored = client.get(f"/v1/comments/{answer['id']}").json()
    assert stored["text"] == text
    assert stored["history"] == []
    assert {name: stored[name] for name in answer} == answer


def test_score_says_everything_and_stores_nothing(client: TestClient) -> None:
    before = rows(client)
    context = {"title": "رفع الرسوم", "targets": ["وزارة التعليم", "رفع الرسوم"]}
    body = {"id": "s-1", "text": "يا حمار", "context": context, "author_id": "قارئ"}
    answer = client.post("/v1/score", json=body).json()
    assert answer["id"] == "s-1"
    assert answer["scores"]["insult"] == 0.97
    assert [stance["target"] for stance in answer["stance"]] == context["targets"]
    assert answer["sentiment"] == {"negative": 0.2, "neutral": 0.5, "positive": 0.3}
    assert answer["model"] == {"id": "fake", "sha256": "f" * 64}
    assert answer["truncated"] is False
    assert "decision" not in answer
    assert rows(client) == before


def test_a_rejection_names_rule_threshold_policy_and_reason(client: TestClient) -> None:
    decision = client.post("/v1/moderate", json={"text": "يا حمار"}).json()["decision"]
    assert decision["action"] == "reject"
    assert decision["reasons"][0] == {
        "code": "insult",
        "rule": "insult-reject",
        "action": "reject",
        "attribute": "insult",
        "score": 0.97,
        "threshold": 0.9,
        "point": "precision_95",
        "meaning": {
            "ar": "دقّة 95٪ على الأقل؛ الدقّة 0.96 والاستدعاء 0.40 (عدد التعليقات: 2000)",
            "en": "precision of at least 0.95; precision 0.96, recall 0.40 on n = 2000",
        },
        "message": {
            "ar": "إهانة صريحة لشخص أو جماعة",
            "en": "Plain insult of a person or group",
        },
        "spans": [],
    }
    policy = service_of(client).moderator.policy.ref
    assert decision["policy"] == {
        "id": policy.id,
        "version": policy.version,
        "sha256": policy.sha256,
    }


@pytest.mark.parametrize("route", ["/v1/score", "/v1/moderate"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_list_is_answered_as_a_list_in_order(
    client: TestClient, route: str, size: int
) -> None:
    comments = [
        {"id": f"{route}-{size}-{n}", "text": f"يا غبي {n}" if n % 3 else f"أحسنتم {n}"}
        for n in range(size)
    ]
    answer = client.post(route, json={"comments": comments})
    assert answer.status_code == 200
    items = answer.json()["comments"]
    assert [item["id"] for item in items] == [comment["id"] for comment in comments]
    assert [item["scores"]["insult"] for item in items] == [
        0.5 if n % 3 else 0.01 for n in range(size)
    ]


@pytest.mark.parametrize("route", ["/v1/score", "/v1/moderate"])
def test_a_list_of_1001_is_refused_whole(client: TestClient, route: str) -> None:
    before = rows(client)
    comments = [{"id": f"over-{n}", "text": "أحسنتم"} for n in range(1001)]
    answer = client.post(route, json={"comments": comments})
    error = assert_error(answer, 422, "too_many_comments", "comments")
    assert error["details"]["limit"] == 1000
    assert rows(client) == before


def test_the_same_again_is_the_stored_decision_unscored(
    client: TestClient, scorer: FakeScorer
) -> None:
    body = {"id": "same-1", "text": "يا غبي", "context": {"title": "عنوان"}}
    first = client.post("/v1/moderate", json=body)
    scored = len(scorer.batches)
    before = rows(client)
    again = client.post("/v1/moderate", json=body)
    assert again.json() == first.json()
    assert len(scorer.batches) == scored
    assert rows(client) == before


def test_known_and_new_comments_keep_their_places(client: TestClient) -> None:
    known = client.post("/v1/moderate", json={"id": "mix-2", "text": "يا حمار"}).json()
    comments = [
        {"id": "mix-1", "text": "أحسنتم"},
        {"id": "mix-2", "text": "يا حمار"},
        {"text": "بلا رقم"},
        {"id": "mix-1", "text": "أحسنتم"},
    ]
    items = client.post("/v1/moderate", json={"comments": comments}).json()["comments"]
    assert [item["id"] for item in items[:2]] == ["mix-1", "mix-2"]
    assert items[1] == known
    assert items[2]["id"].startswith("m-")
    assert items[3] == items[0]


def test_an_edit_is_a_new_version_beside_the_old(client: TestClient) -> None:
    edits = ["يا حمار", "عفوًا، أسحب كلامي", "عفوًا، أسحب كلامي", "أحسنتم"]
    answers = [
        client.post("/v1/moderate", json={"id": "edit-1", "text": text}).json()
        for text in edits
    ]
    assert [answer["version"] for answer in answers] == [1, 2, 2, 3]
    assert [answer["decision"]["action"] for answer in answers] == [
        "reject", "approve", "approve", "approve",
    ]  # fmt: skip
    stored = client.get("/v1/comments/edit-1").json()
    assert (stored["version"], stored["text"]) == (3, "أحسنتم")
    assert [(old["version"], old["text"]) for old in stored["history"]] == [
        (1, "يا حمار"),
        (2, "عفوًا، أسحب كلامي"),
    ]
    assert stored["history"][0]["decision"] == answers[0]["decision"]


@pytest.mark.parametrize(
    ("changed", "version"),
    [({"title": "آخر"}, 1), ({"parent": "كلام آخر"}, 1), ({"targets": ["الوزير"]}, 2)],
)
def test_what_the_model_reads_makes_a_version(
    client: TestClient, changed: dict[str, object], version: int
) -> None:
    id = f"context-{next(iter(changed))}"
    first = {"id": id, "text": "كلام فارغ"}
    assert client.post("/v1/moderate", json=first).json()["version"] == 1
    second = client.post("/v1/moderate", json=first | {"context": changed}).json()
    assert second["version"] == version


@pytest.mark.parametrize(
    "id", ["تعليق-١", "a/b/c", "/", "x?y#z", "50%", "a b", "../../etc", "é+&"]
)
def test_any_id_finds_its_comment(client: TestClient, id: str) -> None:
    from urllib.parse import quote

    client.post("/v1/moderate", json={"id": id, "text": "أحسنتم"}).raise_for_status()
    found = client.get(f"/v1/comments/{quote(id, safe='')}")
    assert found.status_code == 200
    assert found.json()["id"] == id


def test_unknown_comment(client: TestClient) -> None:
    assert_error(client.get("/v1/comments/لا-يوجد"), 404, "not_found")


def test_the_author_is_stored_as_a_hash_only(client: TestClient) -> None:
    body = {"id": "author-1", "text": "أحسنتم", "author_id": "قارئ-٧٧"}
    client.post("/v1/moderate", json=body)
    service = service_of(client)
    stored = service.store.get(service.settings.site, "author-1")
    assert stored is not None
    assert stored.comment.author_id is None
    assert stored.author_hash is not None and len(stored.author_hash) == 64
    assert "قارئ-٧٧" not in client.get("/v1/comments/author-1").text


def test_lone_surrogates_in_a_text_are_kept_and_sent_readable(client: TestClient) -> None:
    posted = client.post(
        "/v1/moderate",
        content=rb'{"id": "surrogate", "text": "\u0645\ud83d\u0642"}',
        headers={"content-type": "application/json"},
    )
    assert posted.status_code == 200
    assert client.get("/v1/comments/surrogate").json()["text"] == "م?ق"


def test_a_title_cut_inside_an_emoji_does_not_lose_the_comment(client: TestClient) -> None:
    answer = client.post(
        "/v1/score",
        content=rb'{"text": "\u0645", "context": {"title": "a\ud83d", "targets": ["\udfff"]}}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 200
    assert answer.json()["stance"][0]["target"] == "\ufffd"
