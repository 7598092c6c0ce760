using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Webhooks;

namespace ControlChat.App.Operations;

/// <summary>What the panel of webhooks knows. Plain C#, no renderer.</summary>
public sealed class WebhooksState(WebhookDesk desk, Func<Principal> who)
{
    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Fault { get; private set; } = "";

    public IReadOnlyList<WebhookStanding> Endpoints { get; private set; } = [];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Endpoints = await desk.ListAsync(who(), cancellationToken) ?? [];
            Look = Endpoints.Count == 0 ? PanelLook.Empty : PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
    }

    /// <returns>What to say.</returns>
    public Task<string> TestAsync(string endpoint, CancellationToken cancellationToken) =>
        ChangeAsync(desk.TestAsync(who(), endpoint, cancellationToken), Texts.TestOnItsWay.With(endpoint), cancellationToken);

    /// <param name="delivery">Null: all that was given up.</param>
    /// <returns>What to say.</returns>
    public Task<string> RetryAsync(string endpoint, string? delivery, CancellationToken cancellationToken) =>
        ChangeAsync(desk.RetryAsync(who(), endpoint, delivery, cancellationToken), Texts.SentAgainTo.With(endpoint), cancellationToken);

    private async Task<string> ChangeAsync(Task<WebhookChange> change, string done, CancellationToken cancellationToken)
    {
        try
        {
            var result = await change;
            await LoadAsync(cancellationToken);
            return result switch
            {
                WebhookChange.Done => done,
                WebhookChange.Denied => Texts.NotSentAdminsOnly,
                _ => Texts.SentOrRemovedBefore,
            };
        }
        catch (HubUnavailableException e)
        {
            return Texts.NotSent.With(e.Message);
        }
    }
}
