#include "engine/import_encoder.h"

#include <fmt/format.h>

#include "catalog/catalog.h"
#include "engine/encoder_choice.h"
#include "model/encoder.h"

namespace nozama {
namespace {

// A catalogue holds embeddings of one precision only. Searching one that was made elsewhere goes well enough without it.
Result<OpenedEncoder> open_exactly(Workspace& workspace, const std::string& encoder_id) {
  auto opened = workspace.encoder_for(encoder_id);
  if (!opened) return opened;
  const EncoderId& id = opened->encoder->info().id;
  if (id.text() == encoder_id) return opened;
  return fail(ErrorCode::kUnsupported, "precision_unsupported",
              fmt::format("the catalogue is of {}, which this processor cannot compute; import on another machine, or change over with nozama model use {}/{}",
                          encoder_id, id.name, precision_name(id.precision)));
}

}  // namespace

Result<OpenedEncoder> open_for_import(Workspace& workspace, const std::stop_token& stop, std::string& why) {
  auto row = workspace.catalog().serving();
  if (!row) return propagate(row);
  if (!row->encoder_id.empty()) return open_exactly(workspace, row->encoder_id);
  const auto choice = choose_precision(workspace, workspace.options().bundle, workspace.options().precision, stop);
  if (!choice) return propagate(choice);
  row->encoder_id = choice->id.text();
  auto opened = open_exactly(workspace, row->encoder_id);
  if (!opened) return opened;
  const auto switched = workspace.catalog().switch_serving(*row);
  if (!switched) return propagate(switched);
  why = describe(*choice);
  return opened;
}

}  // namespace nozama
