using System.Text;
using ControlChat.App.Approvals.Cards;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Onboarding;
using ControlChat.Core.Workspaces;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.JSInterop;

namespace ControlChat.App.Invitations;

public sealed partial class InviteSeveral : IDisposable
{
    private static readonly int[] Days = [1, 3, 7, 14, 30];

    // Throws where a file is in another encoding: names must not arrive as something else.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly RequestOnce _request = new();
    private Lifetime _stop = new();
    private InviteSeveralState _state = null!;
    private SeveralLook _look = null!;
    private bool _shown;

    [Inject] private IToolGate Gate { get; set; } = null!;

    [Inject] private IToolCatalog Tools { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private IHubSettings Settings { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    [Parameter, EditorRequired] public bool Open { get; set; }

    /// <summary>The workspace of the page; null: the person names one.</summary>
    [Parameter] public Workspace? Workspace { get; set; }

    [Parameter] public EventCallback OnClose { get; set; }

    /// <summary>The plan is made; with the id of its approval.</summary>
    [Parameter] public EventCallback<string> OnPlanned { get; set; }

    private bool HasHosts => Tools.Find("workspace.start_host") is { } tool && Tools.IsOffered(tool);

    // Addresses are no others' affair who use this browser.
    private string DraftKey => $"people-{Who.Required.AccountId}";

    // What came out of a file must not come back as typed: its text is kept nowhere, nor what is typed into it.
    private string DraftOfField => _state.FromFile ? "" : DraftKey;

    private string Total => _look switch
    {
        { Rows.Count: 0 } => Texts.NobodyYet,
        { Faulty: > 0 and var faulty } => Texts.RowsToMend.With(faulty, _look.Rows.Count),
        { Cost: { } cost } => $"{Texts.TotalCosts.With(_look.Rows.Count, _look.Steps, PlanWords.Money(cost))} {Next}",
        _ => $"{Texts.TotalFree.With(_look.Rows.Count, _look.Steps)} {Next}",
    };

    // Who approves, the policy says when it is planned.
    private string Next => _look.Arguments is null ? Texts.NoPlanBefore : Texts.PlanAsksFirst;

    public void Dispose() => _stop.Dispose();

    protected override void OnParametersSet()
    {
        if (_state is null || (Open && !_shown)) _state = new InviteSeveralState(Gate, () => Who.Required, Settings, Workspace?.Id, _request);
        _look = _state.Look();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (Open == _shown) return;
        _shown = Open;
        if (!Open) Leave();
        if (!Open || await Js.AskAsync<string>("controlchat.draft.read", DraftKey) is not { Length: > 0 } draft || _state.Text.Length > 0) return;
        _state.Text = draft;
        StateHasChanged();
    }

    protected override bool ShouldRender()
    {
        _look = _state.Look();
        return true;
    }

    private async Task ReadAsync(InputFileChangeEventArgs chosen)
    {
        var (text, fault) = await ReadAsync(chosen.File);
        _state.Take(text, fault);
    }

    private async Task<(string? Text, string? Fault)> ReadAsync(IBrowserFile file)
    {
        if (file.Size > PeopleReader.MostBytes) return (null, Texts.FileTooLarge.With(PeopleReader.MostBytes / 1024));
        try
        {
            await using var stream = file.OpenReadStream(PeopleReader.MostBytes, _stop.Token);
            using var reader = new StreamReader(stream, Strict, detectEncodingFromByteOrderMarks: true);
            return (await reader.ReadToEndAsync(_stop.Token), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, Texts.FileNotUtf8);
        }
        catch (Exception e) when (e is IOException or JSException or OperationCanceledException or TimeoutException)
        {
            return (null, Texts.FileNotRead);
        }
    }

    // What is under way is called off with the dialog.
    private void Leave()
    {
        _stop.Dispose();
        _stop = new Lifetime();
    }

    private async Task ClearAsync()
    {
        _state.Clear();
        await Js.TellAsync("controlchat.draft.clear", DraftKey);
    }

    private async Task PlanAsync()
    {
        var stop = _stop;
        if (await _state.PlanAsync(stop.Token) is not { } approval) return;
        await Js.TellAsync("controlchat.draft.clear", DraftKey);
        // Whoever closed it meanwhile stays where they are; the plan waits with the other approvals.
        if (!stop.IsOver) await OnPlanned.InvokeAsync(approval);
    }
}
