using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>An action's version: 1 when applied, 2 when undone. An undo depends on it, so nothing is undone twice.</summary>
internal sealed class ActionVersions : IResourceVersions
{
    public string Kind => "action";

    public async Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        await ActionStore.FindAsync(reader, id, cancellationToken) is { } action ? action.UndoneBy is null ? 1 : 2 : 0;
}
