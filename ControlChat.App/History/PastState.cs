using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Trail;
using ControlChat.Core.Hub;

namespace ControlChat.App.History;

/// <summary>What things were like at the time that was asked for. Plain C#, no renderer.</summary>
public sealed class PastState(IResourceHistory history, Func<Principal?> who)
{
    /// <summary>Null before a time was asked for.</summary>
    public PanelLook? Look { get; private set; }

    /// <summary>In the order asked for; what there is none of for this reader is left out.</summary>
    public IReadOnlyList<PastResource> Found { get; private set; } = [];

    /// <summary>The first of them, which the others hang on.</summary>
    public PastResource? First => Found is [var first, ..] ? first : null;

    public async Task LoadAsync(IReadOnlyList<string> resources, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (who() is not { } reader) return;
        Look = PanelLook.Loading;
        try
        {
            var found = new List<PastResource>();
            foreach (var resource in resources)
            {
                if (await history.AsOfAsync(reader, resource, at, cancellationToken) is { } past) found.Add(past);
            }
            Found = found;
            Look = found.Count == 0 ? PanelLook.Empty : PanelLook.Live;
        }
        catch (HubUnavailableException)
        {
            Look = PanelLook.Failed;
        }
    }
}
