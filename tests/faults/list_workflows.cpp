// Prints a line for each step of each workflow that there is: its kind, its name, and whether and how it is
// undone or insisted on. The matrix of faults compares what it has reached with this.

#include <iostream>
#include <string_view>

#include "vbs_service/workflows/resume.h"

namespace {

using namespace vbs;

std::string_view wayBack(const engine::StepOutline& step) {
  if (step.hasUndo) return "undo";
  switch (step.insistence) {
    case engine::Insistence::UntilRefused:
      return "until-refused";
    case engine::Insistence::UntilAnswered:
      return "until-answered";
    case engine::Insistence::UntilDone:
      break;
  }
  return "until-done";
}

}  // namespace

int main() {
  for (const metadata::OperationKind& kind : workflows::operationKinds()) {
    for (const engine::StepOutline& step : workflows::stepsOf(kind)) {
      std::cout << kind.name << ' ' << step.name << ' ' << wayBack(step) << '\n';
    }
  }
}
