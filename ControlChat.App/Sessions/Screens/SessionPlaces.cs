using System.Text.Json;
using ControlChat.App.SignIn;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Sessions.Screens;

/// <summary>Where the reader may put an agent to work: workspaces in use that they may write to.</summary>
public sealed class SessionPlaces(IToolGate gate, CircuitPrincipal who)
{
    // To choose from in a list; who has more finds the others by their own page.
    private const int Most = 200;

    /// <returns>The places, and why there are none when they could not be read.</returns>
    public async Task<(IReadOnlyList<SessionPlace> Items, string? Fault)> ListAsync(CancellationToken cancellationToken)
    {
        var places = new List<SessionPlace>();
        string? cursor = null;
        do
        {
            var arguments = JsonSerializer.SerializeToElement(new { state = WorkspaceState.Active, limit = 50, cursor }, Json.Wire);
            var outcome = await gate.InvokeAsync(who.Required, new ToolCall("workspace.list", Ids.New("req"), arguments, new CallOrigin("ui")), cancellationToken);
            // A lite hub lists none, and has one.
            if (outcome.Error?.Code == "not_supported") places.Add(new SessionPlace("local", "local"));
            else if (outcome.Error is { } error) return ([], error.Message);
            var found = outcome.Result?["items"].Deserialize<Workspace[]>(Json.Wire) ?? [];
            places.AddRange(found.Where(w => WorkspaceRole.Covers(w.Role, WorkspaceRole.Collaborator)).Select(w => new SessionPlace(w.Id, w.Title)));
            cursor = (string?)outcome.Result?["next_cursor"];
        }
        while (cursor is not null && places.Count < Most);
        return (places, null);
    }
}
