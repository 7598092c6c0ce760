using System.Text.Json;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Core.Settings;

namespace ControlChat.App.Ask;

/// <param name="Hint">At the right: a fact, or the words of the link.</param>
/// <param name="Href">Null for a fact.</param>
public sealed record FirstStep(string Text, bool Done, string Hint, string? Href, bool Optional = false);

/// <summary>What a person does with a new hub, and what of it is done.</summary>
public sealed class FirstSteps(IEnumerable<IReadinessPart> parts, IToolGate gate, IHubSettings settings, ModelClients models)
{
    private static readonly JsonElement One = JsonDocument.Parse("""{"limit":1}""").RootElement.Clone();

    public async Task<IReadOnlyList<FirstStep>> ReadAsync(Principal principal, string zone, CancellationToken cancellationToken)
    {
        var policy = settings.Current.Policy;
        return
        [
            new(Texts.SignInAndConfirmYourTime, true, zone, null),
            new(Texts.HubIsHealthyDatabaseBusWorker, await IsHealthyAsync(cancellationToken), Texts.Health, "/health/ready"),
            settings.Current.Hub.IsLite
                ? new(Texts.TheWorkspaceOfThisHubIs, true, "local", null)
                : new(Texts.CreateOrImportAWorkspace, await HasWorkspaceAsync(principal, cancellationToken), Texts.Create, "/workspaces"),
            new(Texts.DecideWhatMustBeApproved, policy.Tools.Count + policy.Scopes.Count > 0, Texts.Policy, "/settings"),
            new(Texts.ConnectAModel, models.Provider != ModelClients.Offline, Texts.Connect, "/settings", Optional: true),
        ];
    }

    private async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        foreach (var part in parts)
            if (await part.FaultAsync(cancellationToken) is not null) return false;
        return true;
    }

    private async Task<bool> HasWorkspaceAsync(Principal principal, CancellationToken cancellationToken)
    {
        var outcome = await gate.InvokeAsync(principal, new ToolCall("workspace.list", Ids.New("first"), One, new CallOrigin("ui")), cancellationToken);
        return outcome.Result?["items"]?.AsArray().Count > 0;
    }
}
