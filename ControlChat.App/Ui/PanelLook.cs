namespace ControlChat.App.Ui;

/// <summary>The four looks every panel has.</summary>
public enum PanelLook
{
    Loading,
    Empty,
    Failed,
    Live,
}
