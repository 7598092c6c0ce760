using AngleSharp.Dom;
using Bunit;
using ControlChat.App.Approvals;
using ControlChat.App.Invitations;
using ControlChat.App.SignIn;
using ControlChat.App.Workspaces;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Tools.Sync;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Workspaces;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Tests.App.Workspaces;

/// <summary>The Workspaces page in a shell, over a scripted gate.</summary>
public abstract class WorkspacesPageBench : IAsyncDisposable
{
    protected WorkspacesPageBench()
    {
        var who = new CircuitPrincipal();
        who.Set(WorkspaceHub.Person("acc_1"));
        // What the card of a plan does has tests of its own.
        Shell.ComponentFactories.AddStub<ApprovalCard>(card => $"<p data-card='{card.Get(c => c.ApprovalId)}'></p>");
        // So do invitations.
        Shell.ComponentFactories.AddStub<InvitationsPanel>();
        Shell.Services.AddSingleton(who).AddSingleton<IToolGate>(Gate).AddSingleton<IToolCatalog>(Gate).AddSingleton<IBus>(Bus).AddSingleton<ISyncCancelling>(Cancelled);
    }

    private protected ShellPage Shell { get; } = new();

    private protected ScriptedGate Gate { get; } = new();

    private protected SpokenBus Bus { get; } = new();

    private protected RememberedCancels Cancelled { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)Shell).DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected IRenderedComponent<WorkspacesPage> Show(string address = "/workspaces")
    {
        Shell.Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        var id = address.Split('?')[0].Split('/').ElementAtOrDefault(2);
        return Shell.Render<WorkspacesPage>(p => p.Add(page => page.Id, id));
    }

    private protected static IEnumerable<string> Buttons(IElement within) => within.QuerySelectorAll("[data-part=actions] button").Select(b => b.TextContent);

    private protected static void Press(IRenderedComponent<WorkspacesPage> page, string words) => page.FindAll("button").First(b => b.TextContent == words).Click();
}

/// <summary>Remembers which syncs were to be stopped.</summary>
internal sealed class RememberedCancels : ISyncCancelling
{
    public List<string> Asked { get; } = [];

    public Task<bool> AskAsync(Principal principal, string workspaceId, string via, CancellationToken cancellationToken)
    {
        Asked.Add($"{principal.AccountId} {workspaceId} {via}");
        return Task.FromResult(true);
    }
}
