"""The paper's figures and tables, reproduced: pictures, tables and files."""
