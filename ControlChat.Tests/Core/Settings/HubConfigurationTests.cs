using System.Text;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace ControlChat.Tests.Core.Settings;

public sealed class HubConfigurationTests
{
    [Fact]
    public void Nothing_set_gives_the_defaults_and_the_standard_places()
    {
        var loaded = Load("{}", xdg: "/data");
        Assert.Equal("full", loaded.Options.Hub.Kind);
        Assert.Equal("/data/controlchat", loaded.Paths.DataDirectory);
        Assert.Equal("/data/controlchat-workspaces", loaded.Paths.WorkspacesRoot);
        Assert.Equal("/data/controlchat-workspaces/local", loaded.Paths.LocalWorkspace);
        Assert.Equal("/data/controlchat/checkpoints", loaded.Paths.CheckpointDirectory);
        Assert.Equal("/people/ada/.local/share/controlchat", Load("{}").Paths.DataDirectory);
    }

    [Fact]
    public void The_file_at_the_root_is_legal_as_it_stands()
    {
        var loaded = Load(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "appsettings.json")));
        Assert.Equivalent(new HubOptions(), loaded.Options, strict: true);
    }

    [Fact]
    public void The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        var loaded = Load("""{"Hub": {"Kind": "full"}, "Logs": {"Days": 3}, "Ui": {"PageSize": 25}}""", ["--Hub:Kind=lite"], new() { ["Logs__Days"] = "4", ["HUB__KIND"] = "full" });
        Assert.Equal(("lite", 4, 25), (loaded.Options.Hub.Kind, loaded.Options.Logs.Days, loaded.Options.Ui.PageSize));
        Assert.Equal(SettingSource.CommandLine, loaded.SourceOf("Hub:Kind"));
        Assert.Equal(SettingSource.Environment, loaded.SourceOf("Logs:Days"));
        Assert.Equal(SettingSource.File, loaded.SourceOf("Ui:PageSize"));
        Assert.Equal(SettingSource.Default, loaded.SourceOf("Ui:Theme"));
    }

    [Fact]
    public void Every_fault_is_told_at_once_in_one_line_each()
    {
        var faults = Faults("""{"Hub": {"Kind": "mongo", "Knid": "full"}, "Logs": {"Days": 0}, "Model": {"StallTimeout": "30", "Endpoint": "localhost:11434"}}""");
        Assert.Equal(
        [
            "Hub:Kind is 'mongo'; use 'lite' or 'full'.",
            "Hub:Knid is not a setting; did you mean 'Hub:Kind'?",
            "Logs:Days is '0'; use a whole number from 1 to 3650.",
            "Model:Endpoint is 'localhost:11434'; use an absolute http or https URL without a user name or password.",
            "Model:StallTimeout is '30'; use a duration from 00:00:05 to 00:10:00 (hh:mm:ss).",
        ], faults.Order(StringComparer.Ordinal));
        Assert.All(faults, f => Assert.DoesNotContain('\n', f));
    }

    [Theory]
    [InlineData("Hub:ConnectionString", "Hub__ConnectionString")]
    [InlineData("Bus:Redis:Password", "Bus__Redis__Password")]
    [InlineData("OPENAI_API_KEY", "OPENAI_API_KEY")]
    [InlineData("Mcp:Servers:0:Token", "Mcp__Servers__0__Token")]
    public void A_secret_comes_from_the_environment_only_and_is_never_shown(string key, string variable)
    {
        const string secret = "hunter2-hunter2";
        var nested = key.Split(':').Reverse().Aggregate($"\"{secret}\"", (inner, part) => $"{{\"{part}\": {inner}}}");
        var inFile = Faults(nested);
        Assert.Contains($"{key} is a secret and stands in the file; take it out and set the environment variable {variable}.", inFile);
        var onLine = Faults("{}", [$"--{key}={secret}"]);
        Assert.Contains($"{key} is a secret and stands on the command line; take it out and set the environment variable {variable}.", onLine);
        Assert.All(inFile.Concat(onLine), f => Assert.DoesNotContain(secret, f, StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_of_the_environment_reaches_its_user_and_no_printed_record()
    {
        var loaded = Load("{}", environment: new() { ["OPENAI_API_KEY"] = "sk-1234567890" });
        Assert.Equal("sk-1234567890", loaded.Secrets.OpenAiKey);
        Assert.DoesNotContain("1234567890", loaded.Options.ToString() + loaded.Secrets, StringComparison.Ordinal);
    }

    [Fact]
    public void Postgres_needs_its_two_secrets_and_says_so_in_plain_words()
    {
        var faults = Faults("""{"Hub": {"Store": "postgres"}, "Bus": {"Kind": "local"}}""");
        Assert.Contains("Hub:ConnectionString is not set; Hub:Store 'postgres' needs it; set the environment variable Hub__ConnectionString.", faults);
        Assert.Contains(faults, f => f.StartsWith("Hub:KeyEncryptionKey is not set or not 32 bytes in base64;", StringComparison.Ordinal));
        Assert.Equal(2, faults.Count);
        var wrong = Faults("""{"Hub": {"Store": "postgres"}, "Bus": {"Kind": "local"}}""", environment: new() { ["Hub__ConnectionString"] = "hunter2=hunter2", ["Hub__KeyEncryptionKey"] = "hunter2" });
        Assert.Equal(2, wrong.Count);
        Assert.All(wrong, f => Assert.DoesNotContain("hunter2", f, StringComparison.Ordinal));
    }

    [Fact]
    public void Postgres_goes_with_the_local_bus_and_with_redis_and_keeps_its_secrets_to_itself()
    {
        Dictionary<string, string> environment = new() { ["Hub__ConnectionString"] = "Host=db;Password=hunter2", ["Hub__KeyEncryptionKey"] = Convert.ToBase64String(new byte[32]) };
        var place = Load("""{"Hub": {"Store": "postgres"}, "Bus": {"Kind": "local"}}""", environment: environment).Place;
        Assert.Equal("Host=db;Password=hunter2", place.ConnectionString);
        Assert.DoesNotContain("hunter2", place.ToString(), StringComparison.Ordinal);
        Assert.Equal("postgres", Load("""{"Hub": {"Store": "postgres"}, "Bus": {"Redis": {"AllowNoPassword": true}}}""", environment: environment).Options.Hub.Store);
    }

    [Fact]
    public void Redis_under_sqlite_is_refused() =>
        Assert.Contains("Bus:Kind is 'redis' while Hub:Store is 'sqlite'; use 'local'.", Faults("""{"Bus": {"Kind": "redis"}}"""));

    [Fact]
    public void Openai_without_key_and_endpoint_is_refused_and_auto_is_not()
    {
        Assert.Contains(Faults("""{"Model": {"Provider": "openai"}}"""), f => f.StartsWith("Model:Provider is 'openai' without a key;", StringComparison.Ordinal));
        Assert.Equal("openai", Load("""{"Model": {"Provider": "openai", "Endpoint": "http://127.0.0.1:1/v1"}}""").Options.Model.Provider);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "a/ws")]
    [InlineData("a/data", "a")]
    public void Data_and_workspaces_never_lie_inside_each_other(string data, string root) =>
        Assert.Contains(Faults($$"""{"Hub": {"DataDirectory": "{{data}}"}, "Workspaces": {"Root": "{{root}}"} }"""), f => f.Contains("neither may contain the other", StringComparison.Ordinal));

    [Fact]
    public void A_link_into_the_data_directory_counts_as_inside()
    {
        using var home = new TempFolder();
        Directory.CreateDirectory(Path.Combine(home.Path, "data", "inner"));
        Directory.CreateSymbolicLink(Path.Combine(home.Path, "link"), Path.Combine(home.Path, "data", "inner"));
        var json = $$"""{"Hub": {"DataDirectory": "{{home.Path}}/data"}, "Workspaces": {"Root": "{{home.Path}}/link/ws"} }""";
        Assert.Contains(Faults(json), f => f.Contains("neither may contain the other", StringComparison.Ordinal));
    }

    [Fact]
    public void A_link_to_a_link_into_the_data_directory_counts_as_inside()
    {
        using var home = new TempFolder();
        Directory.CreateDirectory(Path.Combine(home.Path, "data", "inner"));
        Directory.CreateSymbolicLink(Path.Combine(home.Path, "first"), "data");
        // Its own target goes through another link.
        Directory.CreateSymbolicLink(Path.Combine(home.Path, "second"), Path.Combine(home.Path, "first", "inner"));
        Directory.CreateSymbolicLink(Path.Combine(home.Path, "ring"), "ring");
        var json = $$"""{"Hub": {"DataDirectory": "{{home.Path}}/data"}, "Workspaces": {"Root": "{{home.Path}}/second/ws"} }""";
        Assert.Contains(Faults(json), f => f.Contains("neither may contain the other", StringComparison.Ordinal));
        Assert.Equal(home["ring/ws"], Load($$"""{"Hub": {"DataDirectory": "{{home.Path}}/data"}, "Workspaces": {"Root": "{{home.Path}}/ring/ws"} }""").Paths.WorkspacesRoot);
    }

    [Fact]
    public void What_may_be_synced_with_is_checked_at_the_start()
    {
        using var home = new TempFolder();
        File.WriteAllText(home["key"], "a key");
        File.SetUnixFileMode(home["key"], UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Directory.CreateSymbolicLink(home["link"], home["data"]);
        Assert.Contains(Faults($$"""{"Hub": {"DataDirectory": "{{home.Path}}/data"}, "Sync": {"SshKey": "{{home.Path}}/key"} }"""), f => f.Contains("run: chmod 600", StringComparison.Ordinal));
        Assert.Contains(Faults($$"""{"Sync": {"SshKey": "{{home.Path}}/none"} }"""), f => f.StartsWith("Sync:SshKey is", StringComparison.Ordinal));
        foreach (var root in (string[])["data", "data/x", "data-workspaces", "link", ".."])
            Assert.Contains(Faults($$"""{"Hub": {"DataDirectory": "{{home.Path}}/data"}, "Sync": {"Directories": ["{{home.Path}}/{{root}}"]} }"""), f => f.StartsWith("Sync:Directories:0 is", StringComparison.Ordinal));
        Assert.Contains(Faults("""{"Sync": {"Hosts": ["-oProxyCommand=id"], "PlanTimeout": "00:02:00"} }"""), f => f.StartsWith("Sync:Hosts:0 is", StringComparison.Ordinal));
        File.SetUnixFileMode(home["key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var paths = Load($$"""{"Hub": {"DataDirectory": "{{home.Path}}/data"}, "Sync": {"SshKey": "{{home.Path}}/key", "Directories": ["sub"], "Hosts": ["files.example"]} }""").Paths;
        Assert.Equal((home["key"], "/start/sub"), (paths.SyncKey, Assert.Single(paths.SyncDirectories)));
    }

    [Fact]
    public void Relative_paths_are_relative_to_the_start_directory() =>
        Assert.Equal("/start/here/data", Load("""{"Hub": {"DataDirectory": "here/data"}}""").Paths.DataDirectory);

    [Fact]
    public void The_data_directory_is_made_for_its_owner_and_an_open_one_is_refused()
    {
        using var home = new TempFolder();
        var paths = Load($$"""{"Hub": {"DataDirectory": "{{home.Path}}/deep/data"} }""").Paths;
        paths.Prepare();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(paths.DataDirectory));
        paths.Prepare();
        File.SetUnixFileMode(paths.DataDirectory, File.GetUnixFileMode(paths.DataDirectory) | UnixFileMode.GroupRead);
        var fault = Assert.Single(Assert.Throws<SettingsException>(paths.Prepare).Faults);
        Assert.Equal($"Hub:DataDirectory is '{paths.DataDirectory}' with mode 740, open to others; run: chmod 700 '{paths.DataDirectory}'", fault);
    }

    [Fact]
    public void Lists_maps_and_numbered_entries_are_bound_and_checked()
    {
        var loaded = Load("""
            {"Embed": {"Origins": ["https://desk.example"]}, "Policy": {"Tools": {"workspace.rename": "confirm"}, "Scopes": {"destructive": "second_person"}},
             "Mcp": {"Servers": [{"Name": "wiki", "Url": "https://wiki.example/mcp", "ReadTools": ["search"]}]}, "Sessions": {"Ttl": "24:00:00"}}
            """);
        Assert.Equal(["https://desk.example"], loaded.Options.Embed.Origins);
        Assert.Equal("confirm", loaded.Options.Policy.Tools["workspace.rename"]);
        Assert.Equal("search", loaded.Options.Mcp.Servers[0].ReadTools[0]);
        Assert.Equal(TimeSpan.FromHours(24), loaded.Options.Sessions.Ttl);

        var faults = Faults("""{"Embed": {"Origins": ["https://desk.example/page"]}, "Policy": {"Tools": {"workspace.rename": "none"}, "Scopes": {"read": "confirm"}}, "Mcp": {"Servers": [{"Nmae": "x"}]}}""");
        Assert.Contains("Embed:Origins:0 is 'https://desk.example/page'; use an origin such as 'https://desk.example' (scheme, host and port only).", faults);
        Assert.Contains("Policy:Tools:workspace.rename is 'none'; use 'confirm', 'confirm_recent' or 'second_person'.", faults);
        Assert.Contains("Policy:Scopes has the name 'read'; use 'write', 'billing' or 'destructive'.", faults);
        Assert.Contains(faults, f => f.StartsWith("Mcp:Servers:0:Nmae is not a setting", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_parent_may_ask_of_its_frame_is_told_once_for_an_origin_that_may_frame()
    {
        var loaded = Load("""{"Embed": {"Origins": ["https://desk.example"], "Capabilities": [{"Origin": "https://desk.example/", "Allow": ["screenshot", "control"]}]} }""");
        var grant = Assert.Single(loaded.Options.Embed.Capabilities);
        Assert.Equal("https://desk.example", grant.Origin);
        Assert.Equal(["screenshot", "control"], grant.Allow);

        var faults = Faults("""
            {"Embed": {"Origins": ["https://desk.example"], "Capabilities": [{"Origin": "https://other.example"}, {"Origin": "https://desk.example"}, {"Origin": "https://desk.example", "Allow": ["logs"]}]} }
            """);
        Assert.Equal(
            [
                "Embed:Capabilities:0:Origin is 'https://other.example', which is not in Embed:Origins; name one of them.",
                "Embed:Capabilities:2:Origin 'https://desk.example' is there twice; put all it may into one entry.",
            ],
            faults);
        Assert.Contains(Faults("""{"Embed": {"Origins": ["https://desk.example"], "Capabilities": [{"Origin": "https://desk.example", "Allow": ["approve"]}]} }"""), f => f.StartsWith("Embed:Capabilities:0:Allow:0 is 'approve'; use 'status', 'transcript'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_value_in_a_fault_is_short_and_on_one_line()
    {
        var fault = Assert.Single(Faults("{}", ["--Hub:Kind=a\nb" + new string('x', 500)]));
        Assert.Equal($"Hub:Kind is 'a\uFFFDb{new string('x', 77)}…'; use 'lite' or 'full'.", fault);
    }

    [Fact]
    public void A_variable_that_only_shares_a_sections_name_is_no_fault() =>
        Assert.Equal(14, Load("{}", environment: new() { ["LOGS"] = "/var/log", ["HUB"] = "x", ["Hub__PublicUrl"] = "" }).Options.Logs.Days);

    internal static LoadedSettings Load(string json, string[]? line = null, Dictionary<string, string>? environment = null, string? xdg = null) =>
        HubConfiguration.Load(Configuration(json, line ?? [], environment ?? []), "/start", name => name == "HOME" ? "/people/ada" : name == "XDG_DATA_HOME" ? xdg : null);

    private static IReadOnlyList<string> Faults(string json, string[]? line = null, Dictionary<string, string>? environment = null) =>
        Assert.Throws<SettingsException>(() => Load(json, line, environment)).Faults;

    // The real providers in the real order; the environment through its provider's own prefix, so that nothing of this machine comes in.
    private static IConfigurationRoot Configuration(string json, string[] line, Dictionary<string, string> environment)
    {
        var prefix = $"T{Guid.NewGuid():n}_";
        foreach (var (name, value) in environment) Environment.SetEnvironmentVariable(prefix + name, value);
        try
        {
            return new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes("{}")))
                .Add(new FixedJson(json)).AddEnvironmentVariables(prefix).AddCommandLine(line).Build();
        }
        finally
        {
            foreach (var name in environment.Keys) Environment.SetEnvironmentVariable(prefix + name, null);
        }
    }

    // A file provider without a file on disk.
    private sealed class FixedJson(string json) : Microsoft.Extensions.Configuration.Json.JsonConfigurationSource
    {
        public override IConfigurationProvider Build(IConfigurationBuilder builder)
        {
            Optional = true;
            return new Provider(this, json);
        }

        private sealed class Provider(FixedJson source, string json) : Microsoft.Extensions.Configuration.Json.JsonConfigurationProvider(source)
        {
            public override void Load() => Load(new MemoryStream(Encoding.UTF8.GetBytes(json)));
        }
    }
}
