using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Workspaces;

/// <summary>Workspaces by part of their title; a lite hub has none to find.</summary>
internal sealed class WorkspacesPaletteSource(IToolGate gate, CircuitPrincipal who, TimeProvider time) : IPaletteSource
{
    private const int Most = 5;

    public int Order => 10;

    public async ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length == 0 || who.Current is null) return [];
        var list = await new WorkspaceCalls(gate, who).ListAsync(new WorkspacesQuery(text, null, null, null, null), Most, cancellationToken);
        if (list.Items.Count == 0) return [];
        return [new PaletteGroup(Texts.Workspaces, [.. list.Items.Take(Most).Select(w => new PaletteEntry(w.Title, "workspaces", WorkspaceLook.Word(w, time.GetUtcNow()).ToLowerInvariant(), new WorkspacesQuery(null, null, null, null, w.Id).Href))])];
    }
}
