"""The pages of Segment accounts, shared and personal: who may, what they show, what they do."""

from __future__ import annotations

import logging

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccountHealth, SegmentAccount
from accounts.secrets import account_token
from segment.regions import build_endpoints
from tests.factories import make_account, make_source, make_survey, make_task, make_workflow

HTMX = {"HX-Request": "true"}
TOKEN = {"name": "Main", "kind": "token", "token": "sandbox-oregon-owner"}
WRITE_KEY = {"name": "Site", "kind": "write_key", "write_key": "wk-1234567890", "region": "dublin"}
OBJECT_PAGES = ["account_detail", "account_check", "account_rename", "account_replace", "account_remove"]
LISTS = [("extensions", "account_add", "as_admin"), ("my_accounts", "my_account_add", "as_member")]


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def send(client: Client, name: str, account: SegmentAccount, **headers):
    """A request that the page takes: a POST where it writes at once."""
    url = reverse(name, args=[account.pk])
    return client.post(url, headers=headers) if name == "account_check" else client.get(url, headers=headers)


# Who may


@pytest.mark.parametrize("name", ["extensions", "account_add", "my_accounts", "my_account_add"])
def test_strangers_to_the_product_are_sent_to_sign_in(db, name):
    response = Client().get(reverse(name))
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={reverse(name)}")


@pytest.mark.parametrize("name", ["extensions", "account_add"])
def test_a_member_may_not_share_accounts(as_member, name):
    assert as_member.get(reverse(name)).status_code == 403
    assert as_member.post(reverse(name), TOKEN).status_code in {403, 405}
    assert not SegmentAccount.objects.exists()


@pytest.mark.parametrize("name", OBJECT_PAGES)
def test_a_shared_account_is_the_admins(sandbox, brand, as_admin, as_member, as_stranger, name):
    account = make_account(brand)
    assert send(as_admin, name, account).status_code == (302 if name == "account_check" else 200)
    assert send(as_member, name, account).status_code == 403
    assert send(as_stranger, name, account).status_code == 404
    anonymous = send(Client(), name, account)
    assert (anonymous.status_code, anonymous["Location"].split("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("name", OBJECT_PAGES)
def test_a_personal_account_is_its_owner_s_alone(
    sandbox, brand, member, as_admin, as_member, as_stranger, name
):
    account = make_account(brand, member)
    assert send(as_member, name, account).status_code == (302 if name == "account_check" else 200)
    assert send(as_admin, name, account).status_code == 404
    assert send(as_stranger, name, account).status_code == 404


@pytest.mark.parametrize("name", ["account_rename", "account_replace", "account_remove"])
def test_writing_is_refused_like_reading(brand, as_member, as_stranger, name):
    account = make_account(brand, name="Main")
    url = reverse(name, args=[account.pk])
    assert as_member.post(url, {"name": "x", "secret": "x"}).status_code == 403
    assert as_stranger.post(url, {"name": "x", "secret": "x"}).status_code == 404
    assert SegmentAccount.objects.get().name == "Main"


# Lists


@pytest.mark.parametrize(("list_name", "add_name", "who"), LISTS)
def test_an_empty_list_teaches(request, list_name, add_name, who):
    page = text_of(request.getfixturevalue(who).get(reverse(list_name)))
    assert "No Segment account yet" in page
    assert "How to find an API token" in page
    assert f'href="{reverse(add_name)}"' in page


def test_each_list_has_its_own_accounts(brand, admin, member, as_admin, as_member):
    make_account(brand, name="Shared one")
    make_account(brand, member, name="Personal one")
    make_account(brand, admin, name="Ada's one")

    extensions, mine = text_of(as_admin.get("/extensions/")), text_of(as_member.get("/accounts/"))

    assert [name in extensions for name in ("Shared one", "Personal one", "Ada&#x27;s one")] == [
        True,
        False,
        False,
    ]
    assert [name in mine for name in ("Shared one", "Personal one", "Ada&#x27;s one")] == [False, True, False]


@pytest.mark.parametrize(
    ("columns", "state", "label"),
    [
        ({"health": AccountHealth.GOOD}, "good", "Connected"),
        ({"health": AccountHealth.NO_SOURCE_ADMIN}, "warning", "Token lacks Source Admin"),
        ({"health": AccountHealth.BAD_TOKEN}, "bad", "Token refused"),
        ({"health": AccountHealth.UNCHECKED}, "unknown", "Not checked"),
        ({"health": AccountHealth.UNCHECKED, "kind": "write_key"}, "unknown", "Cannot be checked"),
    ],
)
def test_health_is_a_word_and_a_shape(brand, as_admin, columns, state, label):
    make_account(brand, **columns)
    assert f'<span class="status" data-status="{state}">{label}</span>' in text_of(
        as_admin.get("/extensions/")
    )


def test_a_list_says_where_accounts_are_used(brand, as_admin):
    workflow = make_workflow(make_survey(brand), name="Feedback")
    task = make_task(workflow, make_source(brand, make_account(brand)), saved=False)

    page = text_of(as_admin.get("/extensions/"))

    assert "Used by 1 task:" in page
    assert f'<a href="{reverse("workflow_detail", args=[workflow.pk])}">Feedback</a>' in page
    assert f'<a href="{reverse("task_step", args=[task.pk, "account"])}">Identify</a>' in page


@pytest.mark.parametrize(("list_name", "add_name", "who"), LISTS)
def test_a_list_asks_the_database_the_same_for_one_and_three(
    request, brand, member, list_name, add_name, who, django_assert_num_queries
):
    client = request.getfixturevalue(who)
    owner = None if who == "as_admin" else member
    survey = make_survey(brand)
    counts = []
    for wanted in (1, 3):
        while SegmentAccount.objects.count() < wanted:
            make_task(make_workflow(survey), make_source(brand, make_account(brand, owner)))
        with django_assert_num_queries(5) as queries:  # session, user, brand, accounts, uses
            client.get(reverse(list_name))
        counts.append(len(queries))
    assert counts == [5, 5]


# Adding


@pytest.mark.parametrize(("list_name", "add_name", "who"), LISTS)
def test_a_token_is_connected(sandbox, request, member, list_name, add_name, who):
    client = request.getfixturevalue(who)
    response = client.post(reverse(add_name), TOKEN, follow=True)

    assert response.redirect_chain == [(reverse(list_name), 302)]
    account = SegmentAccount.objects.get()
    assert account.owner == (None if list_name == "extensions" else member)
    assert (account.workspace_name, account.created_by.pk) == ("Acme", int(client.session["_auth_user_id"]))
    assert "“Main” is connected to the workspace Acme." in text_of(response)


def test_htmx_is_led_to_the_list(sandbox, as_admin):
    response = as_admin.post(reverse("account_add"), TOKEN, headers=HTMX)
    assert (response.status_code, response["HX-Redirect"]) == (200, "/extensions/")


def test_a_write_key_is_saved_with_a_warning(as_admin):
    page = text_of(as_admin.post(reverse("account_add"), WRITE_KEY, follow=True))
    assert '<div class="notice warning" role="status">“Site” is saved. Segment offers no way to check' in page
    assert SegmentAccount.objects.get().region == "dublin"


def test_a_token_without_source_admin_is_connected_with_a_warning(sandbox, as_admin):
    data = TOKEN | {"token": "sandbox-oregon-readonly"}
    page = text_of(as_admin.post(reverse("account_add"), data, follow=True))
    assert (
        '<div class="notice warning" role="status">“Main” is connected to the workspace Acme. Segment hides'
        in page
    )


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("unknown-token", "Segment does not know this token."),
        ("sandbox-oregon-limited", "Segment asks to wait 7 seconds"),
        ("sandbox-oregon-slow", "Segment did not answer in time."),
    ],
)
def test_a_problem_stands_beside_the_token_and_the_rest_is_kept(
    sandbox, settings, as_admin, token, words, headers
):
    settings.SEGMENT_PUBLIC_API_SECONDS = 0.3
    response = as_admin.post(reverse("account_add"), TOKEN | {"token": token}, headers=headers)

    page = text_of(response)
    assert response.status_code == 200
    assert f'<div class="errorlist stack-s" id="id_token_error"><p class="error">{words}' in page
    assert 'value="Main"' in page
    assert token not in page
    assert ("<html" in page) == (not headers)
    assert not SegmentAccount.objects.exists()


def test_an_unreachable_segment_leaves_the_form_usable(settings, as_admin):
    settings.SEGMENT_ENDPOINTS = build_endpoints("http://127.0.0.1:9")
    page = text_of(as_admin.post(reverse("account_add"), TOKEN))
    assert '<p class="error">Segment cannot be reached from this server.' in page
    assert "Add the account" in page


@pytest.mark.parametrize("name", ["account_add", "my_account_add"])
def test_the_form_has_the_eight_steps(as_admin, name):
    page = text_of(as_admin.get(reverse(name)))
    steps = page.split('id="token-steps"')[1].split("</ol>")[0]
    assert steps.count("<li>") == 8


@pytest.mark.parametrize(
    ("headers", "is_page"), [({}, True), (HTMX, False), (HTMX | {"HX-Boosted": "true"}, True)]
)
def test_the_form_is_a_page_or_a_partial(as_admin, headers, is_page):
    response = as_admin.get(reverse("account_add"), headers=headers)
    assert ("<html" in text_of(response)) == is_page
    assert "HX-Request" in response["Vary"]


# Checking, renaming, replacing, removing


def test_checking_again_without_htmx_leads_back(sandbox, brand, as_admin):
    account = make_account(brand, name="Main", token="revoked")
    response = as_admin.post(reverse("account_check", args=[account.pk]), follow=True)
    assert response.redirect_chain == [("/extensions/", 302)]
    assert "Main: Checked: Token refused." in text_of(response)
    assert SegmentAccount.objects.get().health == AccountHealth.BAD_TOKEN


def test_checking_again_by_htmx_answers_the_card(sandbox, brand, member, as_member):
    account = make_account(brand, member, health=AccountHealth.UNCHECKED)
    response = as_member.post(reverse("account_check", args=[account.pk]), headers=HTMX)
    page = text_of(response)
    assert page.startswith(f'<div id="account-{account.pk}"')
    assert '<div class="notice" role="status">Checked: Connected.</div>' in page
    assert 'data-status="good"' in page


def test_a_check_that_gets_no_answer_says_so(sandbox, settings, brand, as_admin):
    settings.SEGMENT_PUBLIC_API_SECONDS = 0.3
    account = make_account(brand, token="sandbox-oregon-slow")
    response = as_admin.post(reverse("account_check", args=[account.pk]), headers=HTMX)
    assert '<div class="notice error-notice" role="status">Segment did not answer in time.' in text_of(
        response
    )
    assert SegmentAccount.objects.get().health == AccountHealth.GOOD


def test_an_account_whose_token_is_unreadable_says_so(brand, as_admin):
    account = make_account(brand)
    corrupt(account)
    response = as_admin.post(reverse("account_check", args=[account.pk]), follow=True)
    assert "The stored token cannot be decrypted." in text_of(response)


def corrupt(account: SegmentAccount) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_segmentaccount SET secret = 'gAAAAAbroken' WHERE id = %s", [account.pk]
        )


def test_an_unreadable_token_can_be_replaced(sandbox, brand, as_admin):
    account = make_account(brand, workspace_id="")
    corrupt(account)
    as_admin.post(reverse("account_replace", args=[account.pk]), {"secret": "sandbox-oregon-owner"})
    assert account_token(account) == "sandbox-oregon-owner"


def test_checking_is_a_post(brand, as_admin):
    assert as_admin.get(reverse("account_check", args=[make_account(brand).pk])).status_code == 405


def test_an_account_is_renamed(brand, as_admin):
    account = make_account(brand, name="Old")
    response = as_admin.post(reverse("account_rename", args=[account.pk]), {"name": "New"}, follow=True)
    assert response.redirect_chain == [("/extensions/", 302)]
    assert SegmentAccount.objects.get().name == "New"


def test_a_name_is_needed(brand, as_admin):
    account = make_account(brand, name="Old")
    response = as_admin.post(reverse("account_rename", args=[account.pk]), {"name": " "})
    assert "This field is required." in text_of(response)
    assert SegmentAccount.objects.get().name == "Old"


def test_a_token_is_replaced(sandbox, as_admin):
    as_admin.post(reverse("account_add"), TOKEN)
    account = SegmentAccount.objects.get()
    url = reverse("account_replace", args=[account.pk])

    response = as_admin.post(url, {"secret": "sandbox-oregon-readonly"}, follow=True)

    assert response.redirect_chain == [("/extensions/", 302)]
    assert account_token(account) == "sandbox-oregon-readonly"


def test_a_token_of_another_workspace_is_refused_beside_the_field(sandbox, as_admin):
    as_admin.post(reverse("account_add"), TOKEN)
    account = SegmentAccount.objects.get()
    page = text_of(
        as_admin.post(reverse("account_replace", args=[account.pk]), {"secret": "sandbox-dublin-owner"})
    )
    assert "This token belongs to the workspace Acme EU, but the account is for Acme." in page
    assert "sandbox-dublin-owner" not in page
    assert account_token(account) == "sandbox-oregon-owner"


def test_a_replacement_is_needed(brand, as_admin):
    account = make_account(brand)
    page = text_of(as_admin.post(reverse("account_replace", args=[account.pk]), {}))
    assert "This field is required." in page
    assert "How to find an API token" in page


def test_an_account_is_removed_after_a_question(brand, member, as_member):
    account = make_account(brand, member)
    url = reverse("account_remove", args=[account.pk])
    assert "Its token is deleted here" in text_of(as_member.get(url))
    assert as_member.post(url)["Location"] == "/accounts/"
    assert not SegmentAccount.objects.exists()


def test_an_account_in_use_is_not_removed(brand, as_admin):
    workflow = make_workflow(make_survey(brand), name="Feedback")
    account = make_account(brand)
    make_task(workflow, make_source(brand, account))
    url = reverse("account_remove", args=[account.pk])

    assert "It cannot be removed while tasks use it." in text_of(as_admin.get(url))
    assert "A task uses this account: Feedback (identify)." in text_of(as_admin.post(url))
    assert SegmentAccount.objects.exists()


def test_the_account_s_page_lists_all_its_uses(brand, as_admin):
    account = make_account(brand)
    for number in range(7):
        make_task(make_workflow(make_survey(brand), name=f"Flow {number}"), make_source(brand, account))
    assert "and 2 more" in text_of(as_admin.get("/extensions/"))
    page = text_of(as_admin.get(reverse("account_detail", args=[account.pk])))
    assert [f"Flow {number}" in page for number in range(7)] == [True] * 7


# Secrets


def test_no_secret_is_in_any_page_or_log(sandbox, as_admin, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [
        as_admin.post(reverse("account_add"), TOKEN, follow=True),
        as_admin.post(reverse("my_account_add"), WRITE_KEY, follow=True),
        as_admin.post(reverse("account_add"), WRITE_KEY | {"region": ""}),
    ]
    pages = ["extensions", "my_accounts", "account_add", "my_account_add", "people"]
    answers += [as_admin.get(reverse(name)) for name in pages]
    for account in SegmentAccount.objects.all():
        answers += [send(as_admin, name, account) for name in OBJECT_PAGES]

    assert SegmentAccount.objects.count() == 2
    assert {answer.status_code for answer in answers} == {200, 302}
    for secret in (TOKEN["token"], WRITE_KEY["write_key"]):
        assert [answer.request["PATH_INFO"] for answer in answers if secret in text_of(answer)] == []
        assert secret not in caplog.text
