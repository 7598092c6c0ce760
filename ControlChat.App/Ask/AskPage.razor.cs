using ControlChat.App.Layout;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Ask;

/// <summary>The Ask page: the conversations and one of them. What is typed elsewhere (the palette) arrives here too.</summary>
public sealed partial class AskPage : IDisposable
{
    private readonly Lifetime _stop = new();
    private string? _shown;
    private bool _opened;
    private string? _moving;

    /// <summary>Null on "/": the next message begins a conversation.</summary>
    [Parameter] public string? Id { get; set; }

    [CascadingParameter] private Dock? Dock { get; set; }

    [CascadingParameter] private ShellFacts Facts { get; set; } = ShellFacts.Neutral;

    [Inject] private AskConversation Talk { get; set; } = null!;

    [Inject] private Threads Threads { get; set; } = null!;

    [Inject] private AskPlace Place { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    private string Title => Talk.State.Conversation?.Title is { } title ? VisibleText.Of(title) : Talk.Id is null ? Texts.Ask : Texts.Conversation;

    private string? Line => Talk.State.Waiting.Count is var waiting and > 0 ? Texts.WaitingForYouHere.With(Facts.Model.Text, waiting) : Facts.Model.Text;

    protected override async Task OnParametersSetAsync()
    {
        if (_moving is not null)
        {
            // The layout may draw this page once more for the address it is about to leave: that is no wish for a new conversation.
            if (Id is null) return;
            _moving = null;
        }
        if (_opened && _shown == Id) return;
        (_opened, _shown) = (true, Id);
        Place.ConversationId = Id;
        if (Talk.Id != Id || Id is null) await Talk.OpenAsync(Id, AskPlace.SeqIn(Navigation.Uri));
        if (!RendererInfo.IsInteractive)
        {
            await Threads.RefreshAsync();
            return;
        }
        // The conversation does not wait for the list beside it.
        _ = Talk.FollowAsync();
        _ = Threads.RefreshAsync();
    }

    protected override void OnInitialized()
    {
        Talk.Changed += Show;
        if (RendererInfo.IsInteractive) _ = Threads.FollowAsync(InvokeAsync, _stop.Token);
    }

    public void Dispose()
    {
        Talk.Changed -= Show;
        _stop.Dispose();
        Talk.Dispose();
    }

    private async Task DockAsync()
    {
        if (Dock is not null) await Dock.OpenAsync();
        Navigation.NavigateTo(Rooms.On(Facts).Contains(Rooms.Workspaces) ? Rooms.Workspaces.Href : Rooms.Approvals.Href);
    }

    // A conversation that has just begun gets its address; the page stays as it is.
    private void Show()
    {
        if (Talk.Id is { } id && _shown != id)
        {
            _shown = _moving = Place.ConversationId = id;
            Id = id;
            Navigation.NavigateTo($"/c/{id}", replace: true);
            _ = Talk.FollowAsync();
            _ = Threads.RefreshAsync();
        }
        StateHasChanged();
    }
}
