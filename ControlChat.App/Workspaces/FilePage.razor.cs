using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Workspaces;

/// <summary>Shows one file of a workspace. It only reads, and what it may read is decided at each look.</summary>
public sealed partial class FilePage : IDisposable
{
    private static readonly string[] Markdown = [".md", ".markdown"];

    // What is copied is sent to the browser a second time.
    private const int MostCopied = 64 * 1024;
    private readonly Lifetime _stop = new();
    private FileShown? _shown;
    private string? _fault;
    private (string? Id, string? Path) _loaded;
    private int _loads;

    [Parameter] public string? Id { get; set; }

    /// <summary>Relative to the workspace.</summary>
    [Parameter] public string? Path { get; set; }

    [SupplyParameterFromQuery(Name = "view")] private string? View { get; set; }

    [Inject] private WorkspaceFileReading Files { get; set; } = null!;

    [Inject] private PageContext Beside { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    private string Name => Path?.Split('/')[^1] is { Length: > 0 } name ? name : Texts.File;

    private bool IsMarkdown => Markdown.Any(end => Name.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    private bool IsSource => View == "source";

    private string Back => $"/workspaces/{Uri.EscapeDataString(Id ?? "")}";

    private string Here => Href(Path ?? "");

    protected override Task OnParametersSetAsync() => _loaded == (Id, Path) ? Task.CompletedTask : LoadAsync();

    protected override void OnAfterRender(bool firstRender) => Beside.Show(this, [], Id is { } id ? new PageWorkspace(id, (_shown as FileShown.Text)?.Title) : null);

    public void Dispose()
    {
        Beside.Leave(this);
        _stop.Dispose();
    }

    private async Task LoadAsync()
    {
        (_loaded, _shown, _fault) = ((Id, Path), null, null);
        var load = ++_loads;
        if (Who.Current is not { } reader) return;
        try
        {
            var shown = await Files.ReadAsync(reader, Id ?? "", Path ?? "", _stop.Token);
            // A slow one must not take the place of what was asked for after it.
            if (load == _loads) _shown = shown;
        }
        catch (Exception e) when (e is HubUnavailableException or IOException)
        {
            if (load != _loads) return;
            _fault = e is IOException ? Texts.DiskSilent : Texts.DatabaseSilent;
        }
    }

    private string Href(string path) => $"{Back}/files/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}";
}
