using System.Text.Json;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Onboarding;

namespace ControlChat.App.Invitations;

/// <summary>What the dialog for several people knows: the text as it stands, what it means, and what would become of it. Plain C#, no renderer.</summary>
/// <param name="gate">Plans.</param>
/// <param name="who">Who invites.</param>
/// <param name="settings">Prices and limits of now.</param>
/// <param name="workspaceId">The workspace of the page; null: the person names one.</param>
/// <param name="request">Outlives this dialog: what was sent before it was closed is not asked for twice.</param>
public sealed class InviteSeveralState(IToolGate gate, Func<Principal> who, IHubSettings settings, string? workspaceId, RequestOnce request)
{
    /// <summary>Of the text in the dialog: no more goes to the server at once.</summary>
    public const int MostChars = PeopleReader.MostBytes;

    private string _text = "";

    public string Text
    {
        get => _text;
        set
        {
            if (_text == value) return;
            (_text, Fault, Table) = (value, null, PeopleReader.Read(value));
        }
    }

    public PeopleTable Table { get; private set; } = PeopleTable.Empty;

    /// <summary>The text came out of a file: others may have written it, and the plan says so. It stays so until <see cref="Clear"/>, whatever is typed into it.</summary>
    public bool FromFile { get; private set; }

    public bool Each { get; private set; }

    /// <summary>An id or a title, where the page has none.</summary>
    public string Workspace { get; set; } = "";

    public string Role { get; set; } = OnboardingOrder.UsualRole(false);

    public int Days { get; set; } = 7;

    /// <summary>A size, or <see cref="PersonRow.NoHost"/>.</summary>
    public string Host { get; set; } = PersonRow.NoHost;

    /// <summary>As it was entered; empty: no cap.</summary>
    public string Cap { get; set; } = "";

    public string Currency => settings.Current.Hosts.Currency;

    /// <summary>Why the file was not read, or why the gate made no plan.</summary>
    public string? Fault { get; private set; }

    /// <summary>A plan is being made, or was: there is no second one out of the same dialog.</summary>
    public bool Working { get; private set; }

    private bool IsEmpty => string.IsNullOrWhiteSpace(_text);

    public void Take(bool each) => (Each, Role, Fault) = (each, OnboardingOrder.UsualRole(each), null);

    public void Clear() => (Text, FromFile, Fault) = ("", false, null);

    /// <param name="text">Of a file; null: it could not be read.</param>
    /// <param name="fault">Why.</param>
    public void Take(string? text, string? fault)
    {
        if (text is not null) (Text, FromFile) = (text, text.Length > 0);
        Fault = fault;
    }

    /// <summary>What would become of the text, and what is wrong with it.</summary>
    public SeveralLook Look()
    {
        if (IsEmpty) return new SeveralLook([], [], [], 0, null, null);
        var options = settings.Current;
        var order = Order();
        var plan = OnboardingPlan.Of(Table, order, options.Limits.TitleChars);
        var cost = plan.Cost(options.Hosts);
        List<string> faults = [.. plan.Faults, .. Faults(order, cost)];
        return new SeveralLook(plan.Rows, faults, Table.Notes, plan.Steps, cost, faults.Count == 0 ? plan.Arguments : null);
    }

    /// <summary>Plans through the gate, once a click; the text stays whatever comes of it.</summary>
    /// <returns>The approval that waits; null when there is none, and why stands in <see cref="Fault"/>, or nobody waits for it any more.</returns>
    public async Task<string?> PlanAsync(CancellationToken cancellationToken)
    {
        if (Working || Look().Arguments is not { } arguments) return null;
        (Working, Fault) = (true, null);
        var planned = false;
        try
        {
            var outcome = await gate.InvokeAsync(who(),
                new ToolCall("plan.batch", request.IdOf(arguments), JsonSerializer.SerializeToElement(arguments, Json.Wire), new CallOrigin("ui", Tainted: FromFile)), cancellationToken);
            planned = outcome is { Status: "confirmation_required", ApprovalId: not null };
            if (planned) request.Over();
            else Fault = outcome.Error?.Message ?? Texts.NoPlanMade;
            return planned ? outcome.ApprovalId : null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Working = planned;
        }
    }

    private OnboardingOrder Order() => Each
        ? new OnboardingOrder(null, Role, Host == PersonRow.NoHost ? null : Host) { Days = Days, Cap = CapOf() }
        : new OnboardingOrder(workspaceId ?? Workspace.Trim(), Role) { Days = Days };

    private IEnumerable<string> Faults(OnboardingOrder order, Cost? cost)
    {
        // The browser cuts a longer text off without a word.
        if (_text.Length >= MostChars) yield return Texts.MayBeCutOff.With(MostChars);
        if (order.Workspace is { Length: 0 }) yield return Texts.NameTheWorkspace;
        if (Each && order.Cap is null && Cap.Trim().Length > 0) yield return Texts.NoCap;
        if (order.Cap is { } cap && CostCap.WhyNot(cost, cap) is { } above) yield return above;
    }

    private Cost? CapOf() => Cost.ReadAmount(Cap.Trim().Replace(',', '.')) is { } amount ? new Cost(amount, Currency, "hour") : null;
}
