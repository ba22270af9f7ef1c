#include "config/config.h"

#include <gtest/gtest.h>

#include <fstream>

namespace nozama {
namespace {

std::filesystem::path write_config(const std::string& text) {
  const auto path = std::filesystem::path(testing::TempDir()) / "nozama_config_test.toml";
  std::ofstream(path) << text;
  return path;
}

TEST(Config, LaterSourcesWin) {
  ConfigSources sources;
  sources.file = write_config("threads = 3\n[server]\nlisten = \"0.0.0.0:1\"\nupload-mib-max = 7\n");
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "NOZAMA_LISTEN") return "0.0.0.0:2";
    return std::nullopt;
  };
  sources.flags["threads"] = "5";
  const auto config = load_config(sources);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->threads, 5);
  EXPECT_EQ(config->listen, "0.0.0.0:2");
  EXPECT_EQ(config->upload_mib_max, 7);
  EXPECT_EQ(config->log_level, "info");
}

TEST(Config, AListIsReadFromTheFileAndFromText) {
  ConfigSources sources;
  sources.file = write_config("[server]\ncors_origins = [\"https://a.example\", \"https://b.example\"]\n");
  EXPECT_EQ(load_config(sources)->cors_origins, (std::vector<std::string>{"https://a.example", "https://b.example"}));
  sources.flags["cors-origins"] = "https://c.example, https://d.example";
  EXPECT_EQ(load_config(sources)->cors_origins, (std::vector<std::string>{"https://c.example", "https://d.example"}));
}

TEST(Config, AMistakeNamesTheFileTheLineAndWhatIsAllowed) {
  ConfigSources sources;
  sources.file = write_config("data = \"x\"\n[server]\nupload-mib-max = 0\n");
  auto config = load_config(sources);
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find(":3: upload-mib-max is '0', but must be a whole number from 1 to 1024"), std::string::npos) << config.error().message;

  sources.file = write_config("[server]\nlissten = \"x\"\n");
  config = load_config(sources);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().reason, "unknown_option");
  EXPECT_NE(config.error().message.find(":2:"), std::string::npos);

  sources.file = write_config("[server\n");
  EXPECT_EQ(load_config(sources).error().reason, "bad_config_file");

  sources.file = std::nullopt;
  sources.flags["log-format"] = "xml";
  EXPECT_NE(load_config(sources).error().message.find("text|json"), std::string::npos);
}

TEST(Config, EveryOptionHasHelpAndAUniqueName) {
  for (const OptionSpec& option : option_table()) {
    EXPECT_FALSE(option.help.empty());
    EXPECT_EQ(find_option(option.name), &option);
  }
  EXPECT_NE(options_as_markdown().find("NOZAMA_UPLOAD_MIB_MAX"), std::string::npos);
}

TEST(Config, TheManualHasTheTableOfOptions) {
  std::ifstream file(NOZAMA_SOURCE_DIR "/docs/configuration.md");
  const std::string manual((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(manual.find(options_as_markdown()), std::string::npos) << "docs/configuration.md is stale; its table must be:\n" << options_as_markdown();
}

}  // namespace
}  // namespace nozama
