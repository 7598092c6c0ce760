using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Core.Settings;
using ControlChat.Tests.HouseRules;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace ControlChat.Tests.App.Deployment;

/// <summary>compose.yaml and the image, as far as they can be looked at without an engine.</summary>
public sealed partial class ComposeTests
{
    private static readonly string[] Hubs = ["migrate", "app", "worker"];

    private static readonly Dictionary<string, string> Values = new()
    {
        ["CONTROLCHAT_URL"] = "https://hub.example",
        ["CONTROLCHAT_KEY"] = Convert.ToBase64String(new byte[32]),
        ["CONTROLCHAT_APP_PASSWORD"] = "app-word",
        ["CONTROLCHAT_OWNER_PASSWORD"] = "owner-word",
        ["CONTROLCHAT_REDIS_PASSWORD"] = "redis-word",
    };

    private static string Text => Repository.Text("compose.yaml");

    private static JsonObject Services => PlainYaml.Read(Text)["services"]!.AsObject();

    [Fact]
    public void What_serves_is_checked_and_begins_when_what_it_needs_is_healthy()
    {
        Assert.Equal(["postgres", "redis", "migrate", "role", "app", "worker"], Services.Select(s => s.Key));
        foreach (var name in new[] { "postgres", "redis", "app", "worker" })
            Assert.True(Services[name]!["healthcheck"]!["test"]!.AsArray().Count >= 2 && (string?)Services[name]!["restart"] == "unless-stopped", name);
        foreach (var name in new[] { "app", "worker" })
        {
            Assert.Equal("""["CMD","dotnet","/app/ControlChat.App.dll","health"]""", Services[name]!["healthcheck"]!["test"]!.ToJsonString());
            Assert.Equal(["role service_completed_successfully", "postgres service_healthy", "redis service_healthy"], Needs(name));
        }
        Assert.Equal(["postgres service_healthy"], Needs("migrate"));
        Assert.Equal(["migrate service_completed_successfully"], Needs("role"));
        Assert.Equal("http://127.0.0.1:5081", (string?)Services["worker"]!["environment"]!["Worker__Listen"]);
    }

    [Fact]
    public void The_environment_of_every_hub_is_legal_settings_and_nothing_else()
    {
        foreach (var name in Hubs)
        {
            var environment = Services[name]!["environment"]!.AsObject().ToDictionary(e => e.Key.Replace("__", ":", StringComparison.Ordinal), e => (string?)Filled(e.Value!.ToString()));
            foreach (var key in environment.Keys) Assert.True(SettingCatalog.Find(key) is not null, $"{name}: {key} is no setting");
            // As the environment: secrets may come from nowhere else.
            var loaded = Loaded(environment);
            Assert.Equal(("postgres", "redis", "https://hub.example"), (loaded.Options.Hub.Store, loaded.Options.BusKind, loaded.Options.Hub.PublicUrl));
            Assert.Contains(name == "migrate" ? "Username=controlchat_owner;Password=owner-word" : "Username=controlchat_app;Password=app-word", loaded.Secrets.Find("Hub:ConnectionString"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_password_has_a_default_and_no_port_is_fixed()
    {
        var variables = Variable().Matches(Text).Select(m => (Name: m.Groups[1].Value, Form: m.Groups[2].Value)).ToList();
        foreach (var (name, form) in variables.Where(v => v.Name.EndsWith("PASSWORD", StringComparison.Ordinal) || v.Name is "CONTROLCHAT_KEY" or "CONTROLCHAT_URL")) Assert.True(form == ":?", $"{name} has a default");
        Assert.Equal(Values.Keys.Order(), variables.Where(v => v.Form == ":?").Select(v => v.Name).Distinct().Order());
        Assert.Equal(["app"], Services.Where(s => s.Value!["ports"] is not null).Select(s => s.Key));
        Assert.Equal(["${CONTROLCHAT_BIND:-127.0.0.1}:${CONTROLCHAT_PORT:-8080}:8080"], Services["app"]!["ports"]!.AsArray().Select(p => p!.GetValue<string>()));
        // Every variable stands in the README, which says how the file .env is made.
        foreach (var name in variables.Select(v => v.Name).Where(n => n.StartsWith("CONTROLCHAT_", StringComparison.Ordinal)).Distinct()) Assert.Contains(name, Repository.Text("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_hub_has_no_rights_it_does_not_need_and_a_place_of_its_own()
    {
        foreach (var service in Hubs.Select(h => Services[h]!))
            Assert.Equal((true, """["ALL"]""", """["no-new-privileges:true"]"""), ((bool)service["read_only"]!, service["cap_drop"]!.ToJsonString(), service["security_opt"]!.ToJsonString()));
        Assert.All(Services, s => Assert.True((bool)s.Value!["read_only"]!));
        Assert.Equal(["app:/data", "workspaces:/workspaces"], Volumes("app"));
        Assert.Equal(["worker:/data", "workspaces:/workspaces"], Volumes("worker"));
        var image = Repository.Text("ControlChat.App/Dockerfile");
        Assert.Matches("(?m)^USER \\$APP_UID$", image);
        Assert.DoesNotMatch("(?m)^USER (root|0)", image);
        Assert.Matches("(?m)^HEALTHCHECK .*\"health\"\\]$", image);
        Assert.Contains("--locked-mode", image, StringComparison.Ordinal);
        foreach (Match copy in Copied().Matches(image))
            foreach (var path in copy.Groups[1].Value.Split(' ')[..^1]) Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), $"{path} is not there");
    }

    /// <summary>The client's own reading, where it is installed with its plug-in.</summary>
    [Fact]
    public async Task The_client_reads_it_where_it_is_installed()
    {
        var client = await RunAsync("compose", "version");
        Assert.SkipUnless(client.Code == 0, $"There is no docker client with its plug-in 'compose' here: {client.Output.Trim()}");
        var (code, output) = await RunAsync("compose", "-f", Path.Combine(Repository.Root, "compose.yaml"), "config", "--format", "json");
        Assert.True(code == 0, output);
        Assert.Equal(Services.Select(s => s.Key).Order(), JsonNode.Parse(output)!["services"]!.AsObject().Select(s => s.Key).Order());
    }

    [Fact]
    public void The_workflow_runs_what_everybody_runs_with_pinned_actions_and_few_rights()
    {
        var text = Repository.Text(".github/workflows/ci.yml");
        var workflow = PlainYaml.Read(text);
        Assert.Equal("""{"contents":"read"}""", workflow["permissions"]!.ToJsonString());
        Assert.True((bool)workflow["concurrency"]!["cancel-in-progress"]!);
        var steps = workflow["jobs"]!["test"]!["steps"]!.AsArray();
        Assert.Contains(steps, s => (string?)s!["run"] == "./test.sh");
        Assert.All(steps.Select(s => (string?)s!["uses"]).OfType<string>(), u => Assert.Matches("^actions/[a-z-]+@[0-9a-f]{40}$", u));
        Assert.Contains("TestResults", steps.Select(s => (string?)s!["with"]?["path"] ?? "").Last(), StringComparison.Ordinal);
        Assert.DoesNotContain("secrets.", text, StringComparison.Ordinal);
    }

    private static LoadedSettings Loaded(Dictionary<string, string?> environment) =>
        HubConfiguration.Load(new ConfigurationBuilder().AddInMemoryCollection(environment).Build(), "/", name => name == "HOME" ? "/home" : null);

    private static IEnumerable<string> Needs(string service) => Services[service]!["depends_on"]!.AsObject().Select(d => $"{d.Key} {(string)d.Value!["condition"]!}");

    private static IEnumerable<string> Volumes(string service) => Services[service]!["volumes"]!.AsArray().Select(v => v!.GetValue<string>());

    private static string Filled(string text) => Variable().Replace(text, m => Values.GetValueOrDefault(m.Groups[1].Value, ""));

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var (name, value) in Values) start.Environment[name] = value;
            using var docker = Process.Start(start)!;
            var (output, error) = (docker.StandardOutput.ReadToEndAsync(), docker.StandardError.ReadToEndAsync());
            await docker.WaitForExitAsync();
            return (docker.ExitCode, docker.ExitCode == 0 ? await output : await error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }

    [GeneratedRegex(@"\$\{([A-Z_]+)(:[?-])?[^}]*\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?m)^COPY (?!--from)(.+)$")]
    private static partial Regex Copied();
}
