using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Actions;
using ControlChat.Core.Tools.Onboarding;

namespace ControlChat.App.Invitations;

/// <summary>What the dialog for several people knows: the text as it stands, what it means, and what would become of it. Plain C#, no renderer.</summary>
/// <param name="gate">Plans.</param>
/// <param name="who">Who invites.</param>
/// <param name="settings">Prices and limits of now.</param>
/// <param name="workspaceId">The workspace of the page; null: the person names one.</param>
public sealed partial class InviteSeveralState(IToolGate gate, Func<Principal> who, IHubSettings settings, string? workspaceId)
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
            if (value.Length == 0) FromFile = false;
        }
    }

    public PeopleTable Table { get; private set; } = PeopleTable.Empty;

    /// <summary>The text came out of a file: others may have written it, and the plan says so.</summary>
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

    public bool Working { get; private set; }

    private bool IsEmpty => string.IsNullOrWhiteSpace(_text);

    public void Take(bool each) => (Each, Role, Fault) = (each, OnboardingOrder.UsualRole(each), null);

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
        var options = settings.Current;
        var order = new OnboardingOrder(Each ? null : workspaceId ?? Workspace.Trim(), Role, Each && Host != PersonRow.NoHost ? Host : null) { Days = Days, Cap = Each ? CapOf() : null };
        var plan = OnboardingPlan.Of(Table, order, options.Limits.TitleChars);
        var cost = plan.Cost(options.Hosts);
        List<string> faults = IsEmpty ? [] : [.. plan.Faults];
        // The browser cuts a longer text off without a word.
        if (_text.Length >= MostChars) faults.Add(Texts.MayBeCutOff.With(MostChars));
        if (order.Workspace is { Length: 0 } && !IsEmpty) faults.Add(Texts.NameTheWorkspace);
        if (Each && Cap.Trim().Length > 0 && order.Cap is null) faults.Add(Texts.NoCap);
        if (order.Cap is { } cap && CostCap.WhyNot(cost, cap) is { } above) faults.Add(above);
        return new SeveralLook(IsEmpty ? [] : plan.Rows, faults, Table.Notes, plan.Steps, cost, faults.Count == 0 && !IsEmpty ? plan.Arguments : null);
    }

    /// <summary>Plans through the gate, once a click; the text stays whatever comes of it.</summary>
    /// <returns>The approval that waits; null when there is none, and why stands in <see cref="Fault"/>.</returns>
    public async Task<string?> PlanAsync(CancellationToken cancellationToken)
    {
        if (Working || Look().Arguments is not { } arguments) return null;
        (Working, Fault) = (true, null);
        try
        {
            var outcome = await gate.InvokeAsync(who(),
                new ToolCall("plan.batch", Ids.New("req"), JsonSerializer.SerializeToElement(arguments, Json.Wire), new CallOrigin("ui", Tainted: FromFile)), cancellationToken);
            if (outcome is { Status: "confirmation_required", ApprovalId: { } approval }) return approval;
            Fault = outcome.Error?.Message ?? Texts.NoPlanMade;
            return null;
        }
        finally
        {
            Working = false;
        }
    }

    private Cost? CapOf() => Amount().IsMatch(Cap.Trim()) ? new Cost(decimal.Parse(Cap.Trim().Replace(',', '.'), CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture), Currency, "hour") : null;

    [GeneratedRegex(@"\A[0-9]{1,9}(?:[.,][0-9]{1,4})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Amount();
}
