"""The teacher's plan on the home page: to be read there, and to be printed."""

from functools import partial

import streamlit as st

from tl_core.guide.plan import PREPARATION, lesson_plan
from tl_core.guide.printing import plan_page
from tl_core.ui.text import t, t_marked
from tl_core.wording import LANGUAGES


def show() -> None:
    """Draw the plan; its pages to print are made when somebody wants one."""
    st.markdown(
        t("What to say at each stop of the lesson, what to ask, and what a good answer is.")
    )
    with st.container(horizontal=True, gap="small"):
        for code, name in LANGUAGES.items():
            st.download_button(
                t("To print: {language}", language=name),
                partial(plan_page, code),
                f"lesson-plan-{code}.html",
                "text/html",
                icon=":material/print:",
                key=f"plan-{code}",
                on_click="ignore",
            )
    st.markdown("\n".join(f"- {t_marked(text)}" for text in PREPARATION))
    for number, step in enumerate(lesson_plan(), start=1):
        title = t("{number}. {title}", number=number, title=t_marked(step.stop.title))
        with st.expander(t("{title} · {minutes} min", title=title, minutes=step.stop.minutes)):
            st.markdown(f"**{t('Say')}**: {t_marked(step.words)}")
            st.markdown(f"**{t('Pupils do')}**: {t_marked(step.stop.task)}")
            for question in step.questions:
                st.markdown(f"**{t('Ask')}**: {t_marked(question.text)}")
                st.caption(t_marked(question.answer))
