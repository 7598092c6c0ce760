using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.App.Operations;

/// <summary>What the page knows. Plain C#, no renderer.</summary>
public sealed class OperationsState(DeadLetterDesk desk, Func<Principal> who)
{
    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Fault { get; private set; } = "";

    public IReadOnlyList<UndeliveredLetter> Letters { get; private set; } = [];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Letters = await desk.ListAsync(who(), cancellationToken);
            Look = Letters.Count == 0 ? PanelLook.Empty : PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
    }

    /// <returns>What to say.</returns>
    public async Task<string> ReplayAsync(UndeliveredLetter letter, CancellationToken cancellationToken)
    {
        try
        {
            var sent = await desk.ReplayAsync(who(), letter.Id, cancellationToken);
            await LoadAsync(cancellationToken);
            return sent ? Texts.SentAgainOn.With(letter.Topic) : Texts.SentOrRemovedBefore;
        }
        catch (HubUnavailableException e)
        {
            return Texts.NotSent.With(e.Message);
        }
    }
}
