using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Codex;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

public sealed class TerminalProgramTests : IDisposable
{
    private readonly TerminalBed _bed = TerminalBed.OfAnother();

    private readonly TestSettings _settings = new()
    {
        Current = new HubOptions { Sessions = new SessionsSection { Codex = new CodexSection { Path = CodexBench.Cli }, Terminal = new TerminalSection { Commands = ["bash", "no-such-program", "..", "codex"] } } },
    };

    private TerminalPrograms Programs => new(_settings, new CodexAgent(_settings, TimeProvider.System));

    private AgentPlace Place => new(_bed.Folder, _bed.Workspace, "http://127.0.0.1:1", "cch_x");

    public void Dispose() => _bed.Dispose();

    [Fact]
    public void The_agents_own_interface_comes_first() => Assert.Equal(["codex", "bash", "no-such-program", ".."], Programs.Names);

    public static TheoryData<string[], string?> Commands { get; } = new()
    {
        { ["codex"], null },
        { ["bash"], null },
        { ["bash", "-c", "echo 'a b' \u00e9"], null },
        { [], "1 to 64 words" },
        { ["bash", .. Enumerable.Repeat("a", 63)], null },
        { ["bash", .. Enumerable.Repeat("a", 64)], "1 to 64 words" },
        { ["bash", new string('a', 4096)], null },
        { ["bash", new string('a', 4097)], "4,096 characters" },
        { ["bash", "a\0b"], "control characters" },
        { ["bash", "a\nb"], "control characters" },
        { ["bash\n"], "control characters" },
        { ["/bin/bash"], "without a path" },
        { ["../bash"], "without a path" },
        { [""], "without a path" },
        { ["zsh"], "may not run 'zsh'" },
        { ["codex", "--dangerously-bypass-approvals-and-sandbox"], "no arguments" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Only_what_is_allowed_and_well_formed_is_run(string[] command, string? refusal)
    {
        if (refusal is null) Assert.Null(Programs.Refusal(command));
        else Assert.Contains(refusal, Programs.Refusal(command), StringComparison.Ordinal);
        if (refusal is not null) Assert.Contains(refusal, Assert.Throws<AgentException>(() => Programs.Order(command, Place)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_knows_nothing_of_the_hub()
    {
        var order = Programs.Order(["bash", "-l", "a b"], Place);
        Assert.Equal(("/usr/bin/bash", _bed.Workspace, _bed.Folder.Home), (order.File, order.Workspace, order.State));
        Assert.Equal(["-l", "a b"], order.Arguments);
        Assert.Equal(["COLORTERM", "HOME", "LANG", "PATH"], order.Environment.Keys.Order());
        Assert.DoesNotContain(order.Environment.Values, v => v.Contains("cch_x", StringComparison.Ordinal));
        Assert.Empty(order.Programs);
    }

    [Fact]
    public void A_program_that_is_not_here_or_a_folder_is_not_run()
    {
        Assert.Contains("Install it", Assert.Throws<AgentException>(() => Programs.Order(["no-such-program"], Place)).Message, StringComparison.Ordinal);
        Assert.Contains("Install it", Assert.Throws<AgentException>(() => Programs.Order([".."], Place)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_agents_interface_has_the_profile_and_the_relay_and_trusts_no_folder()
    {
        var order = Programs.Order(["codex"], Place);
        Assert.Equal("--no-daemon", order.Arguments[0]);
        Assert.Contains("default_permissions=\"hub\"", order.Arguments);
        Assert.DoesNotContain(order.Arguments, a => a.Contains("cch_", StringComparison.Ordinal) || a.StartsWith("projects", StringComparison.Ordinal));
        Assert.Equal(Place.Handle, order.Environment["CONTROLCHAT_SESSION"]);
        Assert.Equal(new CodexAgent(_settings, TimeProvider.System).Order(Place).Arguments.Skip(1), order.Arguments.Skip(1));
        Directory.CreateDirectory(Path.Combine(_bed.Workspace, ".git"));
        Assert.Equal(["-c", $"projects={{\"{_bed.Workspace}\"={{trust_level=\"untrusted\"}}}}"], Programs.Order(["codex"], Place).Arguments.TakeLast(2));
    }
}
