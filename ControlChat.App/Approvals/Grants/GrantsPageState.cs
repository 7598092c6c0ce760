using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals.Grants;

/// <summary>The list of grants: those the reader was given and gave; an admin's has all.</summary>
internal sealed class GrantsPageState(ApprovalDesk desk, IReaderChoices choices) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private GrantsQuery _query = new(false, null);

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public IReadOnlyList<Grant> Grants { get; private set; } = [];

    public IReadOnlyDictionary<string, string> Names { get; private set; } = new Dictionary<string, string>();

    public string? NextCursor { get; private set; }

    public string Fault { get; private set; } = "";

    public void Follow() => desk.Feed.Changed += Moved;

    public async Task ShowAsync(GrantsQuery query)
    {
        if (Look == PanelLook.Live && query == _query) return;
        (_query, Look) = (query, PanelLook.Loading);
        await LoadAsync();
    }

    public async Task LoadAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (desk.Reader is not { } reader) return;
            var page = await desk.Grants.ListAsync(reader, new GrantFilter(_query.Status, _query.Cursor, (await choices.ReadAsync(default)).Rows), CancellationToken.None);
            Names = await GrantWords.NamesAsync(desk, page.Items.SelectMany(g => g.Constraints));
            (Grants, NextCursor) = (page.Items, page.NextCursor);
            Look = Grants.Count == 0 && _query.Cursor is null ? PanelLook.Empty : PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
        finally
        {
            _one.Release();
        }
        Changed?.Invoke();
    }

    /// <returns>What to say.</returns>
    public async Task<string> RevokeAsync(Grant grant)
    {
        if (desk.Reader is not { } reader) return Texts.NotRevoked;
        try
        {
            var answer = await desk.Grants.RevokeAsync(reader, grant.Id, CancellationToken.None);
            await LoadAsync();
            return answer is GrantAnswer.Refused refused ? refused.Message : Texts.Revoked;
        }
        catch (HubUnavailableException e)
        {
            return $"{Texts.NotRevoked} {e.Message}";
        }
    }

    public void Dispose() => desk.Feed.Changed -= Moved;

    private void Moved(ApprovalsMoved moved) => _ = LoadAsync();
}
