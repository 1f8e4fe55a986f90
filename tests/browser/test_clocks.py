"""The clock that people set may go back; what the page counts in time goes on."""

from playwright.sync_api import Page

AGE = """async () => {
  const { Question } = await import("/static/gmail_sync/question.js");
  const question = new Question(() => null);
  const never = question.age;
  await question.put("");
  const set = Date.now();
  Date.now = () => set - 86_400_000;
  return [never, question.age >= 0];
}"""


def test_it_knows_the_age_of_a_question_when_the_clock_goes_back(tab: Page) -> None:
    assert tab.evaluate(AGE) == [float("inf"), True]
