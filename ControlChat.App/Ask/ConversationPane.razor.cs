using ControlChat.App.Ui;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Ask;

/// <summary>One conversation with its head and its composer: on the Ask page and in the dock alike.</summary>
public sealed partial class ConversationPane : IAsyncDisposable
{
    private ElementReference _root;
    private IJSObjectReference? _script;
    private DotNetObjectReference<PaneDoor>? _door;
    private AskState? _bound;
    private AskVoice _voice = null!;
    private PaneHands _hands = null!;
    private bool _gone;

    [Parameter, EditorRequired] public AskConversation Talk { get; set; } = null!;

    [Parameter] public bool Docked { get; set; }

    /// <summary>The reader wants it beside the other pages.</summary>
    [Parameter] public EventCallback OnDock { get; set; }

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [Inject] private Layout.AskRequests Requests { get; set; } = null!;

    [Inject] private Layout.PageContext Beside { get; set; } = null!;

    [Inject] private Layout.AgentSlot Agents { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private Toasts Toasts { get; set; } = null!;

    [Inject] private IHubSettings Settings { get; set; } = null!;

    [Inject] private Looks Looks { get; set; } = null!;

    protected override void OnInitialized()
    {
        _voice = new AskVoice(Announcer, () => Settings.Current.Ui.Announce);
        _hands = new PaneHands(FillAsync, RevealAsync);
        Talk.Changed += Show;
        Talk.Happened += Happened;
        Requests.Put += Asked;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _door = DotNetObjectReference.Create(new PaneDoor(SendAsync, AgainAsync, StopAsync, BackAsync));
            _script = await Js.AskAsync<IJSObjectReference>("controlchat.ask.attach", _root, _door);
            if (!Docked) await TakeRequestAsync();
        }
        if (_bound != Talk.State && _script is not null && Talk.Look != AskLook.Loading)
        {
            _bound = Talk.State;
            await _script.TellAsync("shown", Talk.Id ?? "");
            await Looks.ShowAsync(Talk.State, _script);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _gone = true;
        Talk.Changed -= Show;
        Talk.Happened -= Happened;
        Requests.Put -= Asked;
        _door?.Dispose();
        if (_script is not null) await _script.DetachAsync();
    }

    private void Show()
    {
        _voice.Hear(Talk.State);
        StateHasChanged();
    }

    private void Happened(StoredEvent stored)
    {
        _voice.Hear(stored, Talk.State);
        if (stored.Type == ConversationEvents.UiAction && _script is not null) _ = Looks.ShowAsync(Talk.State, _script);
    }

    private async Task<SendAnswer> SendAsync(string text, string requestId)
    {
        // Meant for the agent of a workspace: it is no message of this conversation.
        if (Layout.AgentRequest.Read(text) is { } wanted)
        {
            await InvokeAsync(() => Agents.Open(wanted with { Id = requestId }));
            return new SendAnswer(null);
        }
        SendAnswer? answer = null;
        await InvokeAsync(async () => answer = new SendAnswer(await Talk.SendAsync(text, requestId, Docked ? Beside.ToSend() : null)));
        return answer!;
    }

    private Task AgainAsync(string key) => InvokeAsync(() => Talk.State.Items.FirstOrDefault(item => item.Key == key) is { } item ? Talk.AgainAsync(item) : Task.CompletedTask);

    private Task<bool> StopAsync() => Talk.State.Active is { } run ? StopAsync(run.Id) : Task.FromResult(false);

    private async Task<bool> StopAsync(string runId)
    {
        await InvokeAsync(() => Talk.StopAsync(runId));
        return true;
    }

    private async Task JumpAsync()
    {
        if (_script is not null) await _script.TellAsync("plan");
    }

    // Null: one step. What is to be shown is drawn before the browser hears of it.
    private async Task<bool> BackAsync(long? toSeq)
    {
        var read = false;
        await InvokeAsync(async () => read = await Talk.ReachBackAsync(toSeq ?? Talk.State.FirstSeq - 1));
        if (read) return true;
        // Where they would stand it is said too; whoever followed a link may be far from there.
        Toasts.Show(new Toast(MessageList.NotReachedBack, "failed", "danger"));
        Announcer.Say(MessageList.NotReachedBack);
        return false;
    }

    private async Task ReloadAsync()
    {
        await Talk.ReloadAsync();
        _ = Talk.FollowAsync();
    }

    private async Task ExampleAsync(Example prompt)
    {
        if (prompt.Sends) await Talk.SendAsync(prompt.Text, Ids.New("ask"), null);
        else await FillAsync(prompt.Text);
    }

    private async Task FillAsync(string text)
    {
        if (_script is not null) await _script.TellAsync("fill", text);
    }

    private async Task<bool> RevealAsync(string approvalId) => _script is not null && await _script.AskAsync<bool>("plan", approvalId);

    // What the palette asks begins a conversation of its own; the palette still leads to this page when it has put its text.
    private void Asked() => _ = InvokeAsync(async () =>
    {
        await Task.Yield();
        if (!Docked && !_gone) await TakeRequestAsync();
    });

    private async Task TakeRequestAsync()
    {
        if (Requests.Take() is not { } request || _script is null) return;
        if (!request.Send)
        {
            await FillAsync(request.Text);
            return;
        }
        if (Talk.Id is not null) await Talk.OpenAsync(null, null);
        await Talk.SendAsync(request.Text, Ids.New("ask"), null);
    }
}
