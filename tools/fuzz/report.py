"""What came of a run: requests per status, and each finding with a request that shows it."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """An answer that broke a rule. Equal findings of one operation are kept once."""

    operation: str
    check: str
    title: str
    message: str = field(compare=False)
    #: A curl line that repeats it; the key is left out.
    curl: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.operation}: {self.check}: {self.title}\n{_indented(self.message)}\n{_indented(self.curl)}"


@dataclass
class Report:
    """What has been seen so far."""

    statuses: Counter[int] = field(default_factory=Counter)
    #: Requests by operation, to see that each was reached.
    operations: Counter[str] = field(default_factory=Counter)
    findings: dict[Finding, int] = field(default_factory=dict)
    #: What the fuzzer itself could not do.
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def requests(self) -> int:
        """Requests that were answered."""
        return self.statuses.total()

    @property
    def passed(self) -> bool:
        """Whether nothing was found, and the fuzzer could do its work."""
        return not self.findings and not self.errors

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        self.findings[finding] = self.findings.get(finding, 0) + 1

    def progress(self, wanted: int) -> str:
        """One line for a terminal."""
        rate = self.requests / self.seconds if self.seconds else 0.0
        found = len(self.findings)
        return (
            f"{self.requests:,} of {wanted:,} requests, {rate:.0f} a second, {found} finding{'' if found == 1 else 's'}"
        )

    def __str__(self) -> str:
        lines = [f"{count:>8,}  {status}" for status, count in sorted(self.statuses.items())]
        lines += [f"{self.requests:>8,}  requests over {len(self.operations)} operations in {self.seconds:.0f} s"]
        lines += [f"\n{number} times {finding}" for finding, number in self.findings.items()]
        lines += [f"\nThe fuzzer failed: {error}" for error in self.errors]
        return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())
