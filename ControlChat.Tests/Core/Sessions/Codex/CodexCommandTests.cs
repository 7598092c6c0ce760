using ControlChat.Core.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

public sealed class CodexCommandTests
{
    private static readonly IAgentKind _codex = new ServiceCollection().AddAgentKinds().BuildServiceProvider().GetServices<IAgentKind>().Single(k => k.Name == "codex");

    [Fact]
    public void The_server_is_called_as_it_was_tried()
    {
        Assert.Equal(
            "app-server --disable unbounded_connection_retries --disable multi_agent --disable goals --disable plugins --disable apps --disable hooks -c analytics.enabled=false "
            + "-c check_for_update_on_startup=false -c web_search=\"disabled\" -c allow_login_shell=false -c shell_environment_policy.inherit=core", string.Join(' ', _codex.Arguments));
    }

    [Fact]
    public void A_batch_run_gets_its_prompt_as_a_prompt_whatever_it_begins_with()
    {
        var first = _codex.BatchArguments("/ws", "--dangerously-bypass-approvals-and-sandbox", null);
        Assert.Equal(["--", "--dangerously-bypass-approvals-and-sandbox"], first.TakeLast(2));
        Assert.Equal(["exec", "--json", "--skip-git-repo-check", "-C", "/ws"], first.Take(5));
        Assert.Equal(["resume", "--", "t1", "-x"], _codex.BatchArguments("/ws", "-x", "t1").TakeLast(4));
        Assert.DoesNotContain("-s", first);
        Assert.ThrowsAny<ArgumentException>(() => _codex.BatchArguments("/ws", " ", null));
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
        var check = _codex.Check(printed);
        Assert.Equal((version, usable), (check.Version, check.Usable));
        if (advice is null) Assert.Null(check.Advice);
        else Assert.Contains(advice, check.Advice, StringComparison.Ordinal);
    }
}
