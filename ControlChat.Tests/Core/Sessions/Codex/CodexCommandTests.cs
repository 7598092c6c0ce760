using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

public sealed class CodexCommandTests
{
    private static readonly IAgentKind _codex = new ServiceCollection().AddSingleton<IHubSettings>(new TestSettings()).AddAgentKinds().BuildServiceProvider().GetServices<IAgentKind>().Single(k => k.Name == "codex");

    [Fact]
    public void The_server_is_called_as_it_was_tried()
    {
        Assert.Equal(
            "app-server --disable unbounded_connection_retries --disable multi_agent --disable goals --disable plugins --disable apps --disable hooks -c analytics.enabled=false "
            + "-c check_for_update_on_startup=false -c web_search=\"disabled\" -c allow_login_shell=false -c shell_environment_policy.inherit=core", string.Join(' ', CodexArguments.AppServer));
    }

    [Fact]
    public void What_it_must_not_choose_for_itself_goes_as_flags()
    {
        var flags = CodexConfiguration.Flags(new CodexProgram("/opt/c \"x\"/bin/codex", "/opt/c \"x\""), "gpt-\"5\"", "http://127.0.0.1:5080", "/given/models.json");
        Assert.All(flags.Where((_, i) => i % 2 == 0), f => Assert.Equal("-c", f));
        Assert.Equal(
            [
                "model=\"gpt-\\\"5\\\"\"", "model_provider=\"hub\"",
                "model_providers.hub={name=\"ControlChat\",base_url=\"http://127.0.0.1:5080/agent-model/v1\",wire_api=\"responses\",env_key=\"CONTROLCHAT_SESSION\",request_max_retries=1,stream_max_retries=2}",
                "model_catalog_json=\"/given/models.json\"", "default_permissions=\"hub\"",
                "permissions.hub.filesystem={\":minimal\"=\"read\",\"/opt/c \\\"x\\\"\"=\"read\",\":workspace_roots\"={\".\"=\"write\",\".git\"=\"write\"}}", "approval_policy=\"on-request\"",
            ],
            flags.Where((_, i) => i % 2 == 1));
    }

    [Fact]
    public void Its_catalogue_has_the_model_and_can_edit_files()
    {
        var model = System.Text.Json.Nodes.JsonNode.Parse(ModelCatalog.For("own-model"))!["models"]!.AsArray().Single()!;
        Assert.Equal(("own-model", "freeform"), (model["slug"]!.GetValue<string>(), model["apply_patch_tool_type"]!.GetValue<string>()));
    }

    [Fact]
    public void What_npm_puts_on_the_path_leads_to_the_native_program()
    {
        using var folder = new TempFolder();
        foreach (var place in (string[])["node_modules/.bin", "node_modules/@openai/codex/bin", "node_modules/@openai/codex-linux-x64/vendor/t/bin", "node_modules/@openai/codex-linux-arm64/vendor/t/bin", "node_modules/@openai/codex-linux-x64/vendor/t/codex-resources", "node_modules/@openai/codex-linux-arm64/vendor/t/codex-resources"]) Directory.CreateDirectory(folder[place]);
        File.WriteAllText(folder["node_modules/@openai/codex/bin/codex.js"], "#!/usr/bin/env node\n");
        File.CreateSymbolicLink(folder["node_modules/.bin/codex"], "../@openai/codex/bin/codex.js");
        Assert.Null(CodexProgram.Find(folder["node_modules/.bin/codex"]));
        var arch = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";
        var native = folder[$"node_modules/@openai/codex-linux-{arch}/vendor/t/bin/codex"];
        File.WriteAllBytes(native, [0x7f, (byte)'E', (byte)'L', (byte)'F', 2]);
        Assert.Equal(new CodexProgram(native, Path.GetDirectoryName(Path.GetDirectoryName(native))!), CodexProgram.Find(folder["node_modules/.bin/codex"]));
        Assert.Equal(new CodexProgram(native, Path.GetDirectoryName(Path.GetDirectoryName(native))!), CodexProgram.Find(native));
        File.Copy(native, folder["alone"]);
        Assert.Equal(new CodexProgram(folder["alone"], folder["alone"]), CodexProgram.Find(folder["alone"]));
        Assert.Null(CodexProgram.Find(folder["absent"]));
        Assert.Null(CodexProgram.Find("no-such-program-on-the-path"));
    }

    [Fact]
    public void A_missing_program_says_how_to_install_it()
    {
        var place = new AgentPlace(null!, "/ws", "http://127.0.0.1:1", "cch_x");
        var missing = new CodexAgent(new TestSettings { Current = new HubOptions { Sessions = new SessionsSection { Codex = new CodexSection { Path = "/no/such/codex" } } } }, TimeProvider.System);
        Assert.Contains("npm install --global @openai/codex@0.169.0", Assert.Throws<AgentException>(() => missing.Order(place)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cch_x", place.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_of_this_machine_is_asked_for_its_version()
    {
        var installed = new CodexAgent(new TestSettings { Current = new HubOptions { Sessions = new SessionsSection { Codex = new CodexSection { Path = App.Sessions.CodexBench.Cli } } } }, TimeProvider.System);
        Assert.Equal(new AgentVersion(CodexVersion.Pinned, Usable: true, null), await installed.FindAsync(CancellationToken.None));
        var missing = new CodexAgent(new TestSettings { Current = new HubOptions { Sessions = new SessionsSection { Codex = new CodexSection { Path = "/no/such/codex" } } } }, TimeProvider.System);
        Assert.False((await missing.FindAsync(CancellationToken.None)).Usable);
    }

    [Fact]
    public void A_batch_run_gets_its_prompt_as_a_prompt_whatever_it_begins_with()
    {
        var first = CodexArguments.Exec("/ws", "--dangerously-bypass-approvals-and-sandbox", null);
        Assert.Equal(["--", "--dangerously-bypass-approvals-and-sandbox"], first.TakeLast(2));
        Assert.Equal(["exec", "--json", "--skip-git-repo-check", "-C", "/ws"], first.Take(5));
        Assert.Equal(["resume", "--", "t1", "-x"], CodexArguments.Exec("/ws", "-x", "t1").TakeLast(4));
        Assert.DoesNotContain("-s", first);
        Assert.ThrowsAny<ArgumentException>(() => CodexArguments.Exec("/ws", " ", null));
    }

    [Fact]
    public void A_batch_run_has_the_profile_and_the_relay_too()
    {
        using var folder = new TempFolder();
        var paths = new HubPaths(folder["data"], folder["spaces"], folder["spaces/local"], folder["checkpoints"]);
        var place = new AgentPlace(ControlChat.Core.Sessions.Containment.AgentFolder.Open(paths, "ags_1", ControlChat.Core.Sessions.Containment.AgentUser.Same), "/ws", "http://127.0.0.1:1", "cch_x");
        var codex = new CodexAgent(new TestSettings { Current = new HubOptions { Sessions = new SessionsSection { Codex = new CodexSection { Path = App.Sessions.CodexBench.Cli } } } }, TimeProvider.System);
        var order = codex.BatchOrder(place, "-x", null);
        Assert.Equal("exec", order.Arguments[0]);
        Assert.Contains("default_permissions=\"hub\"", order.Arguments);
        Assert.Equal(["--", "-x"], order.Arguments.TakeLast(2));
        Assert.DoesNotContain(order.Arguments, a => a.Contains("cch_", StringComparison.Ordinal));
        Assert.Equal(order.Arguments.Skip(1).SkipLast(2).Order(), codex.Order(place).Arguments.Skip(1).Concat(["--json", "--skip-git-repo-check", "-C", "/ws"]).Order());
    }

    [Theory]
    [InlineData("codex-cli 0.169.0\n", "0.169.0", true, null)]
    [InlineData("codex-cli 0.170.0-alpha.1", "0.170.0-alpha.1", true, "not the version this hub was tested with (0.169.0)")]
    [InlineData("WARNING: proxy\ncodex-cli 0.169.0\n", "0.169.0", true, null)]
    [InlineData("bash: codex: command not found", null, false, "does not print a version")]
    [InlineData("", null, false, "npm install --global @openai/codex@0.169.0")]
    [InlineData(null, null, false, "npm install --global @openai/codex@0.169.0")]
    public void A_version_is_pinned_another_one_warns_and_a_missing_one_says_how_to_install(string? printed, string? version, bool usable, string? advice)
    {
        var check = CodexVersion.Check(printed);
        Assert.Equal((version, usable), (check.Version, check.Usable));
        if (advice is null) Assert.Null(check.Advice);
        else Assert.Contains(advice, check.Advice, StringComparison.Ordinal);
    }
}
