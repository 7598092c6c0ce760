using System.Diagnostics;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Core.Sessions.Terminals;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>Codex's own interface in a terminal, in its namespace, with a scripted model behind the hub's relay.</summary>
public abstract class CodexTerminalTests(string host)
{
    [Fact]
    public async Task It_begins_at_its_composer_and_answers_what_is_typed()
    {
        await using var hub = await StartAsync();
        Directory.CreateDirectory(Workspace(hub));
        var screen = await OpenAsync(hub);
        await screen.SeeAsync("Ask Codex to do anything");
        Assert.DoesNotContain("Trust this folder", screen.Text, StringComparison.Ordinal);
        await AskAsync(hub, screen);
        Assert.True(await screen.Process.EndAsync(TimeSpan.FromSeconds(2)));
        await screen.DisposeAsync();
    }

    // A folder that is trusted starts the servers it names, outside of Codex's own sandbox.
    [Fact]
    public async Task The_settings_of_a_workspace_run_nothing_by_a_press_of_enter()
    {
        await using var hub = await StartAsync();
        var workspace = Workspace(hub);
        Directory.CreateDirectory(Path.Combine(workspace, ".codex"));
        await File.WriteAllTextAsync(Path.Combine(workspace, ".codex", "config.toml"), $"[mcp_servers.own]\ncommand=\"/usr/bin/touch\"\nargs=[\"{workspace}/ran\"]\n");
        var screen = await OpenAsync(hub);
        await screen.SeeAsync("restricted");
        await PressEnterUntilAsync(screen, () => screen.Text.Contains("gpt-own", StringComparison.Ordinal));
        await AskAsync(hub, screen);
        Assert.False(File.Exists(Path.Combine(workspace, "ran")));
        Assert.True(await screen.Process.EndAsync(TimeSpan.FromSeconds(2)));
        await screen.DisposeAsync();
    }

    // Of a screen it draws anew only the characters that changed: these are nowhere else.
    private const string Answer = "ÞÆØÐßÆÞØÐ";

    private static async Task AskAsync(AgentModelBench hub, Screen screen)
    {
        hub.Model.Handler = _ => Reply.Text(Answer + ".");
        await screen.TypeAsync("4711-0815");
        await screen.SeeAsync("4711-0815");
        await PressEnterUntilAsync(screen, () => hub.Model.Requests.Count > 0);
        await screen.SeeAsync(Answer);
        Assert.Contains("4711-0815", hub.Model.Requests[0].Request.Raw, StringComparison.Ordinal);
    }

    // It drops a key that comes while it draws another screen, and takes Enter right behind many keys for a line of a pasted text.
    private static async Task PressEnterUntilAsync(Screen screen, Func<bool> isDone)
    {
        var pressed = Stopwatch.StartNew();
        await screen.TypeAsync("\r");
        await Waiting.UntilAsync(async () =>
        {
            if (isDone()) return true;
            if (pressed.ElapsedMilliseconds < 500) return false;
            pressed.Restart();
            await screen.TypeAsync("\r");
            return false;
        });
    }

    private Task<AgentModelBench> StartAsync() => AgentModelBench.StartAsync([$"--Sessions:Codex:Path={CodexBench.Cli}", $"--Sessions:Terminal:Host={host}"]);

    private static string Workspace(AgentModelBench hub) => Path.Combine(hub.Hub.Services.GetRequiredService<HubPaths>().WorkspacesRoot, hub.Workspace);

    private async Task<Screen> OpenAsync(AgentModelBench hub)
    {
        var services = hub.Hub.Services;
        var terminals = services.GetRequiredService<ITerminalHost>();
        Assert.Equal(host, terminals.Name);
        var fault = await services.GetRequiredService<AgentProcesses>().FaultAsync(CancellationToken.None);
        Assert.SkipWhen(fault is not null, fault ?? "");
        var folder = AgentFolder.Open(services.GetRequiredService<HubPaths>(), hub.Session.Id, services.GetRequiredService<AgentProcesses>().User);
        var order = services.GetRequiredService<ITerminalPrograms>().Order(["codex"], new AgentPlace(folder, Workspace(hub), services.GetRequiredService<AgentAddress>().Url, hub.Handle.Secret));
        return new Screen(await terminals.StartAsync(hub.Session.Id, order, TerminalSize.Default, contained: true, CancellationToken.None));
    }
}

public sealed class CodexInPtyTests() : CodexTerminalTests("pty");

public sealed class CodexInTmuxTests() : CodexTerminalTests("tmux");
