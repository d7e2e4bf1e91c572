"""What a person has to put right before the lab can go on."""


class LabError(Exception):
    """A foreseeable problem: what is wrong, and what to do about it.

    Printed as two lines and without a traceback.
    """

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}\n  {self.remedy}"
