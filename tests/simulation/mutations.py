"""Breaks one rule of the product at a time, and counts the seeds until the simulation finds it: whether it would.

    tests/simulation/mutations.py [NAME ...]       without names, all of them
    tests/simulation/mutations.py --check          only that each still fits the sources, which is a test of its own

Each rule is broken in a copy of the sources in build/mutations, which is built there."""

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / "build" / "mutations"


@dataclass(frozen=True)
class Edit:
    """`old` stands once in `file`."""

    file: str
    old: str
    new: str

    def source(self, tree: Path) -> str:
        return (tree / self.file).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Mutation:
    """With the edits made, the rule is broken."""

    name: str
    rule: str
    edits: tuple[Edit, ...]


MUTATIONS = [
    Mutation(
        "undo-skipped",
        "an undo that is skipped: a volume whose creation failed is not deleted",
        (
            Edit(
                "src/vbs_service/workflows/create_volume.cpp",
                """void CreateVolume::deleteVolume(const OperationContext& context) {
  volumes().deleteVolume(context, parameters_.volumeId, parameters_.size);
}
""",
                "void CreateVolume::deleteVolume(const OperationContext& /*context*/) {}\n",
            ),
        ),
    ),
    Mutation(
        "journal-late",
        "a journal row written late: after the step instead of before it",
        (
            Edit(
                "src/vbs_service/engine/workflow_engine.cpp",
                """    if (i > first) {
      try {
        asError([&] {
          write(run, std::string(step.name) + "/journal",
                [&](MetadataWriter& tx) { tx.recordStep(run.id, step.name, run.workflow->journalText()); });
        });
      } catch (const Error& error) {
        fail(run, i, error, run.what + ": " + error.what());
      }
    }
    try {
      asError([&] { act(run, step); });
    } catch (const Error& error) {
      fail(run, i, error, run.failureOf(step, error));
    }
""",
                """    try {
      asError([&] { act(run, step); });
    } catch (const Error& error) {
      fail(run, i, error, run.failureOf(step, error));
    }
    if (i > first) {
      try {
        asError([&] {
          write(run, std::string(step.name) + "/journal",
                [&](MetadataWriter& tx) { tx.recordStep(run.id, step.name, run.workflow->journalText()); });
        });
      } catch (const Error& error) {
        fail(run, i, error, run.what + ": " + error.what());
      }
    }
""",
            ),
        ),
    ),
    Mutation(
        "late-calls-heeded",
        "calls that come after later ones are carried out",
        (
            Edit(
                "src/common/delegate/admission.cpp",
                "  if (!later) return {order_, context.operationId, resource, std::move(hold)};",
                "  if (!later || true) return {order_, context.operationId, resource, std::move(hold)};",
            ),
        ),
    ),
    Mutation(
        "one-survey",
        "one survey instead of two before something is taken away",
        (
            Edit(
                "src/vbs_service/reconcile/findings.h",
                "const bool isCertain = sightedBefore_.contains(sighting);",
                "const bool isCertain = true || sightedBefore_.contains(sighting);",
            ),
        ),
    ),
    Mutation(
        "cut-listing-believed",
        "a listing that was cut counts as complete: what it does not show is taken for not there before an attach",
        (
            Edit(
                "src/vbs_service/workflows/look_at_host.cpp",
                "  return listing.isComplete() ? Presence::Absent : Presence::Unknown;\n",
                "  return listing.isComplete() || true ? Presence::Absent : Presence::Unknown;\n",
            ),
        ),
    ),
    Mutation(
        "session-ended-in-doubt",
        "a host is disconnected while its list of devices cannot be trusted",
        (
            Edit(
                "src/vmm_delegate/take_back.cpp",
                "  if (wasTakenFromVm || devices.isComplete()) return;\n",
                "  if (wasTakenFromVm || devices.isComplete() || true) return;\n",
            ),
        ),
    ),
    Mutation(
        "cleaning-not-awaited",
        "a volume is attached again to a host that is still owed a cleaning of it",
        (
            Edit(
                "src/vbs_service/workflows/attach_volume.cpp",
                "  CleanHost::requireClean(tx, request);\n",
                "",
            ),
        ),
    ),
    Mutation(
        "roll-back-not-journalled",
        "undoing begins before a commit that may have been done is ended by another one",
        (
            Edit(
                "src/vbs_service/engine/workflow_engine.cpp",
                """    journalRollBack(run);
    rollBack(run, failed, error);
""",
                "    rollBack(run, failed, error);\n",
            ),
        ),
    ),
    Mutation(
        "token-forgotten",
        "a creation that is asked for again with its token is carried out again",
        (
            Edit(
                "src/vbs_service/client_tokens.cpp",
                "  if (!use) return std::nullopt;\n",
                "  if (!use || use->resourceId.size() > 1) return std::nullopt;\n",
            ),
        ),
    ),
    Mutation(
        "undo-in-order",
        "undoing in the order of doing: the target goes before the host has let go of it",
        (
            Edit(
                "src/vbs_service/engine/workflow_engine.cpp",
                "  for (std::size_t i = last + 1; i-- > 0;) {\n",
                "  for (std::size_t i = 0; i <= last; ++i) {\n",
            ),
        ),
    ),
    Mutation(
        "doubt-is-refusal",
        "a deletion whose outcome is not known counts as refused",
        (
            Edit(
                "src/vbs_service/engine/workflow_engine.cpp",
                "      return error.effect() == Effect::None && !bookkeeping.isPartlyDone;\n",
                "      return error.effect() == Effect::None || !bookkeeping.isPartlyDone;\n",
            ),
        ),
    ),
    Mutation(
        "compare-and-set-left-out",
        "a volume's status is looked at before the wait only, and set whatever it is by then",
        (
            Edit(
                "src/vbs_service/metadata/metadata_writer.cpp",
                """          .query("UPDATE volumes SET status = ?, status_reason = ? WHERE id = ? AND status = ?", to,
                 shortened(reason), id, from)
""",
                """          .query("UPDATE volumes SET status = ?, status_reason = ? WHERE id = ?", to,
                 shortened(reason), id)
""",
            ),
            Edit(
                "src/vbs_service/workflows/attach_volume.cpp",
                "  check(tx, request);\n  requireNotSeenElsewhere",
                "  requireNotSeenElsewhere",
            ),
            Edit(
                "src/vbs_service/coordinator.cpp",
                "if (impl_->attachCounts.of(request.volumeId) != attaches) refuse",
                "if (impl_->attachCounts.of(request.volumeId) < attaches) refuse",
            ),
        ),
    ),
]


def check() -> int:
    unfit = 0
    for mutation in MUTATIONS:
        for edit in mutation.edits:
            count = edit.source(REPOSITORY).count(edit.old)
            if count != 1:
                print(f"{mutation.name}: its text stands {count} times in {edit.file}", file=sys.stderr)
                unfit += 1
    return 1 if unfit else 0


def copy_sources() -> Path:
    """The tree as git knows it, so that its build is used again."""
    tree = WORK / "tree"
    files = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    for name in files.stdout.splitlines():
        source, copy = REPOSITORY / name, tree / name
        if not source.is_file() or (copy.is_file() and copy.read_bytes() == source.read_bytes()):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        shutil.copymode(source, copy)
    return tree


def build(tree: Path) -> Path:
    subprocess.run(["cmake", "--preset", "release"], cwd=tree, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", "build/release", "simulation"], cwd=tree, check=True, stdout=subprocess.DEVNULL)
    return tree / "build" / "release" / "tests" / "simulation" / "simulation"


def seeds_until_found(program: Path, most: int, seed: int) -> tuple[int | None, str]:
    """How many runs it took, and what was found."""
    command = [str(program), "--until-bad", "--seed", str(seed), "--seeds", str(most)]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(r"^seed (\d+) goes wrong:\n  (.*)$", output, re.MULTILINE)
    return (int(found[1]) - seed + 1, found[2]) if found else (None, "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *(each.name for each in MUTATIONS)], metavar="NAME")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seeds", type=int, default=2000, help="after so many a mutation counts as not found")
    parser.add_argument("--seed", type=int, default=1, help="the first one")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    tree = copy_sources()
    missed = 0
    for mutation in MUTATIONS:
        if arguments.names and mutation.name not in arguments.names:
            continue
        good = {edit.file: edit.source(tree) for edit in mutation.edits}
        try:
            for edit in mutation.edits:
                assert edit.source(tree).count(edit.old) == 1, mutation.name
                (tree / edit.file).write_text(edit.source(tree).replace(edit.old, edit.new), encoding="utf-8")
            runs, what = seeds_until_found(build(tree), arguments.seeds, arguments.seed)
        finally:
            for file, text in good.items():
                (tree / file).write_text(text, encoding="utf-8")
        missed += runs is None
        told = f"found by seed {runs}: {what}" if runs else f"not found in {arguments.seeds} seeds"
        print(f"{mutation.name} ({mutation.rule}): {told}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
